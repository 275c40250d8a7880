import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bucketOf, derivedId, firstIdAt, isUuid, ownId, timeOfId } from './ids.js';

const moment = fc.integer({ min: 0, max: 2 ** 48 - 1 });

describe('ids', () => {
  test('a derived id is a UUIDv7 of its moment, the same for the same parts', () => {
    fc.assert(
      fc.property(moment, fc.string(), (ms, part) => {
        const id = derivedId(ms, part);
        expect(isUuid(id)).toBe(true);
        expect(id.charAt(14)).toBe('7');
        expect('89ab').toContain(id.charAt(19));
        expect(timeOfId(id)).toBe(ms);
        expect(derivedId(ms, part)).toBe(id);
        expect(derivedId(ms, part, 'x')).not.toBe(id);
        expect(id >= firstIdAt(ms)).toBe(true);
      }),
    );
  });

  test('the first id of a moment is a bound between it and the one before', () => {
    expect(firstIdAt(1_700_000_000_000)).toBe('018bcfe5-6800-0000-0000-000000000000');
    expect(derivedId(1_699_999_999_999, 'a') < firstIdAt(1_700_000_000_000)).toBe(true);
  });

  test('the same command id in two accounts makes two keys', () => {
    const id = derivedId(5, 'command');
    expect(ownId({ id, accountId: derivedId(1, 'a') }, 'key')).not.toBe(
      ownId({ id, accountId: derivedId(1, 'b') }, 'key'),
    );
  });

  test('the bucket is the first four bytes of SHA-256, modulo their number', () => {
    // printf 'abc' | sha256sum begins with ba7816bf.
    expect(bucketOf('abc', 1000)).toBe(0xba7816bf % 1000);
  });
});
