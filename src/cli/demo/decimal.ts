/*
 * The demo's own arithmetic. It shares nothing with the service, so that a mistake there is not repeated here.
 */

/** A decimal number, exactly: `units` times 10^-`places`. */
export interface Decimal {
  readonly units: bigint;
  readonly places: number;
}

/** Reads a plain decimal such as "-0.42". */
export function decimal(text: string): Decimal {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) throw new Error(`not a decimal: "${text}"`);
  const [, sign = '', whole = '', fraction = ''] = match;
  return { units: BigInt(sign + whole + fraction), places: fraction.length };
}

export function times(a: Decimal, b: Decimal): Decimal {
  return { units: a.units * b.units, places: a.places + b.places };
}

export function plus(a: Decimal, b: Decimal): Decimal {
  const places = Math.max(a.places, b.places);
  return { units: atPlaces(a, places) + atPlaces(b, places), places };
}

/** The units of the number at so many decimal places; it must have no more than those. */
export function atPlaces({ units, places }: Decimal, wanted: number): bigint {
  if (wanted >= places) return units * 10n ** BigInt(wanted - places);
  const step = 10n ** BigInt(places - wanted);
  if (units % step !== 0n) throw new Error(`${units} at ${places} places does not fit ${wanted}`);
  return units / step;
}

/** The quotient of two numbers that are not negative, at so many decimal places, half rounded up. */
export function divideHalfUp(a: Decimal, b: Decimal, places: number): bigint {
  const numerator = a.units * 10n ** BigInt(b.places + places);
  const denominator = b.units * 10n ** BigInt(a.places);
  return (2n * numerator + denominator) / (2n * denominator);
}

const USD_PLACES = 9;
const QUANTITY_PLACES = 12;

/** Dollars as whole numbers of 10^-9. Absent is nothing. */
export function usd(text: string | undefined): bigint {
  return text ? atPlaces(decimal(text), USD_PLACES) : 0n;
}

/** The shortest text of dollars, as the service writes amounts. */
export function usdText(units: bigint): string {
  return shortest(units, USD_PLACES);
}

/** A quantity as a whole number of 10^-12. */
export function quantity(text: string): bigint {
  return atPlaces(decimal(text), QUANTITY_PLACES);
}

export function quantityText(units: bigint): string {
  return shortest(units, QUANTITY_PLACES);
}

function shortest(units: bigint, places: number): string {
  const text = fixed(units, places);
  return text.replace(/\.?0+$/, '');
}

/** The text of units with all their decimal places. */
export function fixed(units: bigint, places: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, '0');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

export const USD_DIGITS = USD_PLACES;
