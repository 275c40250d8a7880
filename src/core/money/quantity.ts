/** How many decimal places a quantity may have (design section 6). */
export const QUANTITY_SCALE = 12;

/** The largest quantity of a meter in one request. Far above any real usage, far below any overflow. */
export const QUANTITY_MAX = 10n ** 15n * 10n ** BigInt(QUANTITY_SCALE);

/** What a quantity must look like, for messages. */
export const QUANTITY_EXPECTED =
  'a decimal string from 0 to 1000000000000000 with at most 12 decimal places, such as "1200"';

const DECIMAL = /^(0|[1-9]\d*)(?:\.(\d+))?$/;

/** Most quantities are whole. Up to 15 digits a number is exact, and the way through it takes a quarter of the time. */
const WHOLE = /^(?:0|[1-9]\d{0,14})$/;
const ONE = 10n ** BigInt(QUANTITY_SCALE);

/** Reads a quantity as a whole number of 10^-12; undefined when the text is not a valid quantity. */
export function parseQuantity(text: string): bigint | undefined {
  if (WHOLE.test(text)) return BigInt(Number(text)) * ONE;
  if (text.length > 64) return undefined;
  const match = DECIMAL.exec(text);
  if (!match) return undefined;
  const fraction = (match[2] ?? '').replace(/0+$/, '');
  if (fraction.length > QUANTITY_SCALE) return undefined;
  const scaled = BigInt((match[1] ?? '0') + fraction.padEnd(QUANTITY_SCALE, '0'));
  return scaled > QUANTITY_MAX ? undefined : scaled;
}

/** Writes a scaled quantity as its shortest decimal string. */
export function formatQuantity(scaled: bigint): string {
  if (scaled < 0n) return `-${formatQuantity(-scaled)}`;
  const digits = scaled.toString().padStart(QUANTITY_SCALE + 1, '0');
  const whole = digits.slice(0, -QUANTITY_SCALE);
  const fraction = digits.slice(-QUANTITY_SCALE).replace(/0+$/, '');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
