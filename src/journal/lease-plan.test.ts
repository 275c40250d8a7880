import { describe, expect, test } from '@jest/globals';
import { type Lease, planLeases } from './lease-plan.js';

/** Leases written as letters: the bucket's holder in capitals while live, in small letters when it ran out. */
function leases(text: string): Lease[] {
  return [...text].map((letter, bucket) => ({
    bucket,
    holder: letter.toUpperCase(),
    live: letter === letter.toUpperCase(),
  }));
}

/** All look one after another, each on what the one before left. */
function settle(text: string, members: string): string {
  const letters = [...text];
  for (let look = 0; look < 4; look += 1) {
    for (const me of members) {
      const { keep, take, leave } = planLeases(leases(letters.join('')), me);
      for (const { bucket } of leave) letters[bucket] = 'z';
      for (const { bucket } of [...keep, ...take]) letters[bucket] = me;
    }
  }
  return letters.join('');
}

function parts(text: string): number[] {
  const counts = new Map<string, number>();
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  return [...counts.values()].sort((a, b) => a - b);
}

describe('leases', () => {
  test('one that is alone takes all that is free', () => {
    expect(settle('zzzzz', 'A')).toBe('AAAAA');
  });

  test('a newcomer takes its share from whoever has more', () => {
    expect(parts(settle('AAAAAAAA', 'AB'))).toEqual([4, 4]);
    expect(parts(settle('AAAAAAAA', 'ABC'))).toEqual([2, 3, 3]);
  });

  test('what somebody who is gone held is spread over the others', () => {
    expect(parts(settle('AAABBBccc', 'AB'))).toEqual([4, 5]);
  });

  test('more processes than buckets rest without fighting', () => {
    const rested = settle('zz', 'ABC');
    expect(parts(rested)).toEqual([1, 1]);
    expect(settle(rested, 'ABC')).toBe(rested);
  });

  test('once everybody has a share nothing moves', () => {
    const rested = settle('zzzzzzz', 'ABC');
    expect(settle(rested, 'CAB')).toBe(rested);
  });
});
