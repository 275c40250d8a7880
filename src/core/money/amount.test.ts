import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AMOUNT_MAX, formatAmount, parseAmount, parseSignedAmount } from './amount.js';
import { assetOf } from './asset.js';

const USD = assetOf('USD');
const CREDIT = assetOf('CREDIT');

describe('amounts', () => {
  test.each([
    ['0', 0n],
    ['0.0', 0n],
    ['1', 1_000_000_000n],
    ['0.42', 420_000_000n],
    ['0.420000000', 420_000_000n],
    ['0.4200000000', 420_000_000n],
    ['0.000000001', 1n],
    ['1000000000000000000', AMOUNT_MAX],
  ])('%s is read', (text, minor) => {
    expect(parseAmount(text, USD)).toEqual({ ok: true, minor });
  });

  test.each([
    '',
    ' 1',
    '1 ',
    '+1',
    '-1',
    '.5',
    '5.',
    '01',
    '1e3',
    '1,5',
    '0x10',
    'NaN',
    'Infinity',
    '１',
    '0.0000000001',
    '1000000000000000000.000000001',
    '1'.repeat(65),
    '1\n',
  ])('%j is refused', (text) => {
    expect(parseAmount(text, USD).ok).toBe(false);
  });

  test('the scale is the asset’s', () => {
    expect(parseAmount('1.5', CREDIT)).toEqual({ ok: true, minor: 1500n });
    expect(parseAmount('1.5005', CREDIT).ok).toBe(false);
  });

  test('only a signed amount may have a minus', () => {
    expect(parseSignedAmount('-0.5', USD)).toEqual({ ok: true, minor: -500_000_000n });
    expect(parseSignedAmount('--0.5', USD).ok).toBe(false);
  });

  test('what is written is read again as the same, and is the shortest text', () => {
    const minor = fc.oneof(
      fc.bigInt({ min: -AMOUNT_MAX, max: AMOUNT_MAX }),
      fc.bigInt({ min: -2_000n, max: 2_000n }),
      fc.tuple(fc.bigInt({ min: -99n, max: 99n }), fc.nat(12)).map(([n, zeros]) => n * 10n ** BigInt(zeros)),
    );
    fc.assert(
      fc.property(minor, fc.constantFrom(USD, CREDIT), (amount, asset) => {
        const text = formatAmount(amount, asset);
        expect(text).toMatch(/^-?(0|[1-9]\d*)(\.\d*[1-9])?$/);
        expect(parseSignedAmount(text, asset)).toEqual({ ok: true, minor: amount });
      }),
    );
  });
});
