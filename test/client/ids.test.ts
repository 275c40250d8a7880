import { describe, expect, test } from '@jest/globals';
import { newId } from 'tollgate/client';

const MANY = 200_000;

describe('newId', () => {
  test('makes UUIDs of version 7 that begin with the time', () => {
    const before = Date.now();
    const id = newId();
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBeGreaterThanOrEqual(before);
  });

  test('never makes one twice, and makes them in ascending order', () => {
    let last = '';
    let descending = 0;
    const tails = new Set<string>();
    for (let made = 0; made < MANY; made += 1) {
      const id = newId();
      if (id <= last) descending += 1;
      tails.add(id.slice(19));
      last = id;
    }
    expect(descending).toBe(0);
    // What makes ids of two processes differ is the random part, which does not repeat either.
    expect(tails.size).toBe(MANY);
  });

  test('stays with the clock, however many are made', () => {
    const id = newId();
    // 200 000 ids take at least 49 milliseconds of 4096 each; more than a second ahead would be a fault.
    expect(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBeLessThan(Date.now() + 1000);
  });
});
