import { Decimal } from 'decimal.js';
import type { Asset } from '../money/asset.js';
import { QUANTITY_SCALE } from '../money/quantity.js';
import type { BookMarkup, BookRate, Rounding } from './price-book.js';

/** Wide enough for the product of the longest cost and the longest markup, so that nothing is rounded here. */
const Exact = Decimal.clone({ precision: 80, toExpNeg: -60, toExpPos: 60 });

/** The most that one of a meter may cost, in units of the asset: with the largest quantity it stays far below 38 digits. */
export const UNIT_PRICE_MAX = 1_000_000;

/** A rate as integers: an amount in minor units is `quantity * numerator / denominator`, rounded once. */
export interface CompiledRate {
  readonly numerator: bigint;
  readonly denominator: bigint;
  /** Half of the denominator, rounded down: added before a division it rounds half up. */
  readonly half: bigint;
  readonly rounding: Rounding;
  /** For price lines: the sale price, markup included, for every `per`. */
  readonly price: string;
  readonly per: string;
}

/** The sale price of a rate, for every `per`: its price, or its cost times and plus the markup. */
export function salePrice(rate: BookRate, markup: BookMarkup | undefined): Decimal {
  if (rate.price !== undefined) return new Exact(rate.price);
  return new Exact(rate.cost ?? '0').times(markup?.times ?? '1').plus(markup?.plus ?? '0');
}

/** Compiles a rate for amounts of the asset. Quantities are given in their smallest unit. */
export function compileRate(
  rate: BookRate,
  markup: BookMarkup | undefined,
  asset: Asset,
  rounding: Rounding,
): CompiledRate {
  const price = salePrice(rate, markup);
  const per = new Exact(rate.per);
  const places = Math.max(price.decimalPlaces(), per.decimalPlaces());
  const whole = (value: Decimal) => BigInt(value.times(new Exact(10).pow(places)).toFixed(0));
  const numerator = whole(price) * 10n ** BigInt(asset.scale);
  const denominator = whole(per) * 10n ** BigInt(QUANTITY_SCALE);
  const common = greatestCommonDivisor(numerator, denominator);
  return {
    numerator: numerator / common,
    denominator: denominator / common,
    half: denominator / common / 2n,
    rounding,
    price: price.toFixed(),
    per: per.toFixed(),
  };
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}

/** What a quantity (in its smallest unit) comes to, in minor units. The only place where a price is rounded. */
export function amountOf(rate: CompiledRate, quantity: bigint): bigint {
  const { denominator, rounding } = rate;
  const product = quantity * rate.numerator;
  if (rounding === 'half_up') return (product + rate.half) / denominator;
  const floor = product / denominator;
  const rest = product - floor * denominator;
  if (rest === 0n || rounding === 'down') return floor;
  if (rounding === 'up') return floor + 1n;
  const twice = 2n * rest;
  return twice > denominator || (twice === denominator && floor % 2n === 1n) ? floor + 1n : floor;
}

/** Whether a rate costs more than another for the same quantity. */
export function dearer(a: CompiledRate, b: CompiledRate): boolean {
  return a.numerator * b.denominator > b.numerator * a.denominator;
}
