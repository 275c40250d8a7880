import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatQuantity, parseQuantity, QUANTITY_MAX } from './quantity.js';

describe('quantities', () => {
  test.each(['', '-1', '1e3', '.5', '5.', '01', 'NaN', '0.0000000000001', '1000000000000001', '9'.repeat(65)])(
    '%j is refused',
    (text) => {
      expect(parseQuantity(text)).toBeUndefined();
    },
  );

  test.each(['0', '7', '120.5', '999999999999999', '999999999999999.5', '1000000000000000'])('%s is read', (text) => {
    const [whole = '', fraction = ''] = text.split('.');
    expect(parseQuantity(text)).toBe(BigInt(whole + fraction.padEnd(12, '0')));
  });

  test('what is written is read again as the same', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: QUANTITY_MAX }), (scaled) => {
        expect(parseQuantity(formatQuantity(scaled))).toBe(scaled);
      }),
    );
  });

  test('a difference may be negative when it is written', () => {
    expect(formatQuantity(-500_000_000_000n)).toBe('-0.5');
  });
});
