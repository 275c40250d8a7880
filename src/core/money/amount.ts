import type { Asset } from './asset.js';

/**
 * The largest amount that one command may move, in minor units. It leaves room for 10^11 such commands below
 * the 38 digits that a balance is stored with, so that no sum of balances can overflow.
 */
export const AMOUNT_MAX = 10n ** 27n;

const DECIMAL = /^(0|[1-9]\d*)(?:\.(\d+))?$/;

const ZERO = '0'.charCodeAt(0);

export type AmountResult =
  | { readonly ok: true; readonly minor: bigint }
  | { readonly ok: false; readonly expected: string };

/**
 * Reads a decimal string such as `"0.42"` as minor units of the asset. Takes no sign, no exponent, no blanks,
 * and no more decimal places than the asset's scale has (trailing zeros beyond it are allowed).
 */
export function parseAmount(text: string, asset: Asset): AmountResult {
  const expected = `a decimal string with at most ${asset.scale} decimal places, such as "12.5"`;
  const match = text.length <= 64 ? DECIMAL.exec(text) : null;
  if (!match) return { ok: false, expected };
  const whole = match[1] ?? '0';
  const fraction = (match[2] ?? '').replace(/0+$/, '');
  if (fraction.length > asset.scale) return { ok: false, expected };
  const minor = BigInt(whole + fraction.padEnd(asset.scale, '0'));
  if (minor > AMOUNT_MAX) return { ok: false, expected: `an amount of at most ${formatAmount(AMOUNT_MAX, asset)}` };
  return { ok: true, minor };
}

/** Reads an amount that may have a leading minus, as `parseAmount` does. */
export function parseSignedAmount(text: string, asset: Asset): AmountResult {
  if (!text.startsWith('-')) return parseAmount(text, asset);
  const result = parseAmount(text.slice(1), asset);
  return result.ok ? { ok: true, minor: -result.minor } : result;
}

/** Reads an amount that the journal holds, where one that cannot be read is a fault of ours. */
export function journaledAmount(text: string, asset: Asset): bigint {
  const parsed = parseAmount(text, asset);
  if (!parsed.ok) throw new Error(`the journal holds the amount ${text}`);
  return parsed.minor;
}

/** Writes minor units as the shortest decimal string: no trailing zeros, `"0"` for nothing, `-` before a negative. */
export function formatAmount(minor: bigint, asset: Asset): string {
  if (minor === 0n) return '0';
  if (minor < 0n) return `-${formatAmount(-minor, asset)}`;
  const digits = minor.toString();
  const point = digits.length - asset.scale;
  let end = digits.length;
  while (end > point && digits.charCodeAt(end - 1) === ZERO) end -= 1;
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits.slice(0, end)}`;
  return end === point ? digits.slice(0, point) : `${digits.slice(0, point)}.${digits.slice(point, end)}`;
}
