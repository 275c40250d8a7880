import { describe, expect, test } from '@jest/globals';
import { decimal, divideHalfUp, fixed, plus, quantity, quantityText, times, usd, usdText } from './decimal.js';

describe('the demo’s own arithmetic', () => {
  test.each([
    ['0', 0n, '0'],
    ['12.5', 12_500_000_000n, '12.5'],
    ['-0.000000001', -1n, '-0.000000001'],
    ['100', 100_000_000_000n, '100'],
    ['0.420000000', 420_000_000n, '0.42'],
  ])('reads %s dollars and writes the shortest text', (text, units, written) => {
    expect(usd(text)).toBe(units);
    expect(usdText(units)).toBe(written);
  });

  test('takes an absent amount for nothing, and refuses what is no decimal', () => {
    expect(usd(undefined)).toBe(0n);
    expect(() => decimal('1e3')).toThrow('not a decimal');
    expect(() => usd('0.0000000001')).toThrow('does not fit');
  });

  test('keeps quantities to twelve places', () => {
    expect(quantityText(quantity('1200.000000000001'))).toBe('1200.000000000001');
    expect(fixed(-1n, 9)).toBe('-0.000000001');
  });

  test.each([
    ['1', '2', 0, 1n],
    ['1', '3', 0, 0n],
    ['2', '3', 9, 666_666_667n],
    ['0.0000000005', '1', 9, 1n],
    ['0.00000000049', '1', 9, 0n],
  ])('%s / %s at %d places is %d', (a, b, places, units) => {
    expect(divideHalfUp(decimal(a), decimal(b), places)).toBe(units);
  });

  test('multiplies and adds exactly', () => {
    expect(plus(times(decimal('0.1'), decimal('1.5')), decimal('0.02'))).toEqual({ units: 17n, places: 2 });
  });
});
