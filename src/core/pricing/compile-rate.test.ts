import { describe, expect, it } from '@jest/globals';
import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { type Asset, assetOf } from '../money/asset.js';
import { formatQuantity, QUANTITY_MAX } from '../money/quantity.js';
import { amountOf, compileRate, dearer } from './compile-rate.js';
import type { BookMarkup, BookRate, Rounding } from './price-book.js';

const Oracle = Decimal.clone({ precision: 200 });

const MODES: Record<Rounding, Decimal.Rounding> = {
  half_up: Decimal.ROUND_HALF_UP,
  half_even: Decimal.ROUND_HALF_EVEN,
  up: Decimal.ROUND_UP,
  down: Decimal.ROUND_DOWN,
};

/** The same price in decimals, rounded once. */
function oracle(rate: BookRate, markup: BookMarkup, quantity: bigint, asset: Asset, rounding: Rounding): bigint {
  const price =
    rate.price === undefined
      ? new Oracle(rate.cost ?? '0').times(markup.times ?? '1').plus(markup.plus ?? '0')
      : new Oracle(rate.price);
  const amount = new Oracle(formatQuantity(quantity))
    .times(price)
    .dividedBy(rate.per)
    .times(new Oracle(10).pow(asset.scale));
  return BigInt(amount.toDecimalPlaces(0, MODES[rounding]).toFixed(0));
}

const decimal = (wholeMax: number, places: number) =>
  fc
    .tuple(fc.integer({ min: 0, max: wholeMax }), fc.stringMatching(new RegExp(`^[0-9]{0,${places}}$`)))
    .map(([whole, fraction]) => (fraction === '' ? String(whole) : `${whole}.${fraction}`));

const markups: fc.Arbitrary<BookMarkup> = fc.record(
  { times: decimal(99, 12), plus: decimal(9, 18) },
  { requiredKeys: [] },
);
const rates: fc.Arbitrary<BookRate> = fc
  .tuple(fc.constantFrom('1', '1000', '1000000', '60', '0.001', '7', '1000000000'), fc.boolean(), decimal(999999, 18))
  .map(([per, isCost, price]) => ({ meter: 'units', per, ...(isCost ? { cost: price } : { price }) }));
/** Small and round quantities are where halves are met. */
const quantities = fc.oneof(
  fc.bigInt({ min: 0n, max: QUANTITY_MAX }),
  fc.bigInt({ min: 0n, max: 100n }),
  fc.integer({ min: 0, max: 10_000_000 }).map((n) => BigInt(n) * 10n ** 12n),
);
const assets = fc.constantFrom(assetOf('USD'), assetOf('CREDIT'));
const roundings = fc.constantFrom<Rounding>('half_up', 'half_even', 'up', 'down');

describe('a compiled rate', () => {
  it('comes to what exact decimals come to, rounded once', () => {
    fc.assert(
      fc.property(rates, markups, quantities, assets, roundings, (rate, markup, quantity, asset, rounding) => {
        const compiled = compileRate(rate, markup, asset, rounding);
        expect(amountOf(compiled, quantity)).toBe(oracle(rate, markup, quantity, asset, rounding));
      }),
      { numRuns: 3_000 },
    );
  });

  it('is dearer than another where every quantity costs more', () => {
    fc.assert(
      fc.property(rates, rates, markups, (a, b, markup) => {
        const [x, y] = [a, b].map((rate) => compileRate(rate, markup, assetOf('USD'), 'down'));
        if (!x || !y) throw new Error('two rates were made');
        expect(dearer(x, y) && dearer(y, x)).toBe(false);
        if (dearer(x, y)) expect(amountOf(x, QUANTITY_MAX)).toBeGreaterThanOrEqual(amountOf(y, QUANTITY_MAX));
      }),
    );
  });

  const halves: [Rounding, string, bigint][] = [
    ['half_up', '0.0005', 1n],
    ['half_up', '0.0015', 2n],
    ['half_up', '0.0014', 1n],
    ['half_even', '0.0005', 0n],
    ['half_even', '0.0015', 2n],
    ['half_even', '0.0025', 2n],
    ['half_even', '0.00251', 3n],
    ['up', '0.0001', 1n],
    ['up', '0.001', 1n],
    ['down', '0.0019', 1n],
  ];
  it.each(halves)('rounds %s: %s is %s', (rounding, price, minor) => {
    const compiled = compileRate({ meter: 'images', per: '1', price }, undefined, assetOf('CREDIT'), rounding);
    expect(amountOf(compiled, 10n ** 12n)).toBe(minor);
  });

  it('shows the sale price, markup included', () => {
    const compiled = compileRate(
      { meter: 'images', per: '1000', cost: '0.20' },
      { times: '1.5', plus: '0.01' },
      assetOf('USD'),
      'half_up',
    );
    expect([compiled.price, compiled.per]).toEqual(['0.31', '1000']);
  });

  it('leaves a declared price without markup', () => {
    expect(
      compileRate({ meter: 'images', per: '1', price: '2' }, { times: '10' }, assetOf('USD'), 'half_up').price,
    ).toBe('2');
  });
});
