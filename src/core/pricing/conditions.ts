import { formatQuantity, parseQuantity, QUANTITY_MAX } from '../money/quantity.js';
import { CONTEXT_DIMENSION } from './meters.js';
import type { BookCondition, BookDimension, BookModel, BookRate } from './price-book.js';

/** A closed range of numbers, in quantities' smallest unit, so that an open end is its neighbour. */
interface Span {
  readonly low: bigint;
  readonly high: bigint;
}

/** The values of one dimension under which a rate holds: listed texts, or ranges of a dimension that is a number. */
export type Values = { readonly texts: ReadonlySet<string> } | { readonly spans: readonly Span[] };

/** The dimensions under which a rate holds; none for a rate that always holds. */
export type Conditions = ReadonlyMap<string, Values>;

/** A dimension as the model declares it. */
export interface Dimension {
  readonly allowed: Values;
  readonly fallback: string | undefined;
}

const EVERY_NUMBER: Dimension = { allowed: { spans: [{ low: 0n, high: QUANTITY_MAX }] }, fallback: undefined };

/** The dimensions of a model: those it declares, and `context_tokens` where a rate asks for it. */
export function dimensionsOf(model: BookModel): ReadonlyMap<string, Dimension> {
  const dimensions = new Map(
    Object.entries(model.dimensions ?? {}).map(([name, declared]) => [name, dimensionOf(declared)]),
  );
  const asked = model.rates.some(({ when }) => when !== undefined && Object.hasOwn(when, CONTEXT_DIMENSION));
  if (asked && !dimensions.has(CONTEXT_DIMENSION)) dimensions.set(CONTEXT_DIMENSION, EVERY_NUMBER);
  return dimensions;
}

/** A declared dimension, of values or of numbers. */
export function dimensionOf(declared: BookDimension): Dimension {
  if (declared.values) return { allowed: { texts: new Set(declared.values) }, fallback: declared.default };
  const low = parseQuantity(declared.from ?? '0') ?? 0n;
  const high = declared.to === undefined ? QUANTITY_MAX : (parseQuantity(declared.to) ?? 0n);
  return { allowed: { spans: [{ low, high }] }, fallback: declared.default };
}

export function holdsFor(values: Values, value: string): boolean {
  if ('texts' in values) return values.texts.has(value);
  const number = parseQuantity(value);
  return number !== undefined && values.spans.some(({ low, high }) => low <= number && number <= high);
}

/** What a rate's `when` means under these dimensions, or which part of it means nothing. */
export function conditionsOf(
  when: BookRate['when'],
  dimensions: ReadonlyMap<string, Dimension>,
): { conditions: Conditions; issues: ConditionIssue[] } {
  const conditions = new Map<string, Values>();
  const issues: ConditionIssue[] = [];
  for (const [name, asked] of Object.entries(when ?? {})) {
    const dimension = dimensions.get(name);
    const values = dimension
      ? valuesOf(asked, dimension.allowed)
      : `a dimension that the model declares: ${[...dimensions.keys()].join(', ') || 'it has none'}`;
    if (typeof values === 'string') issues.push({ dimension: name, expected: values });
    else conditions.set(name, values);
  }
  return { conditions, issues };
}

export interface ConditionIssue {
  readonly dimension: string;
  readonly expected: string;
}

function valuesOf(asked: BookCondition, allowed: Values): Values | string {
  if (typeof asked === 'object' && !Array.isArray(asked)) return rangeOf(asked, allowed);
  const listed = typeof asked === 'string' ? [asked] : asked;
  if (!listed.every((value) => holdsFor(allowed, value)))
    return `values that the dimension allows: ${describe(allowed)}`;
  if ('texts' in allowed) return { texts: new Set(listed) };
  return { spans: listed.map((value) => parseQuantity(value) ?? 0n).map((number) => ({ low: number, high: number })) };
}

function rangeOf(asked: Exclude<BookCondition, string | string[]>, allowed: Values): Values | string {
  const { from, above, to, below } = asked;
  if ((from !== undefined && above !== undefined) || (to !== undefined && below !== undefined)) {
    return 'a range with one lower end (from or above) and one upper end (to or below)';
  }
  const low =
    from === undefined ? (above === undefined ? 0n : (parseQuantity(above) ?? 0n) + 1n) : (parseQuantity(from) ?? 0n);
  const high =
    to === undefined
      ? below === undefined
        ? QUANTITY_MAX
        : (parseQuantity(below) ?? 0n) - 1n
      : (parseQuantity(to) ?? 0n);
  const values = within({ low, high }, allowed);
  const empty = 'texts' in values ? values.texts.size === 0 : values.spans.length === 0;
  return empty ? `a range that holds for a value that the dimension allows: ${describe(allowed)}` : values;
}

/** The part of the allowed values that lies in a range. */
function within({ low, high }: Span, allowed: Values): Values {
  if ('texts' in allowed)
    return { texts: new Set([...allowed.texts].filter((text) => holdsFor({ spans: [{ low, high }] }, text))) };
  const spans = allowed.spans.map((span) => ({
    low: span.low > low ? span.low : low,
    high: span.high < high ? span.high : high,
  }));
  return { spans: spans.filter((span) => span.low <= span.high) };
}

/** The allowed values for a person: the list, or the range. */
export function describe(values: Values): string {
  if ('texts' in values) return [...values.texts].join(', ');
  return values.spans
    .map(({ low, high }) =>
      high >= QUANTITY_MAX
        ? `a number from ${formatQuantity(low)}`
        : `a number from ${formatQuantity(low)} to ${formatQuantity(high)}`,
    )
    .join(', ');
}

/** Whether some request meets both. */
export function overlap(a: Conditions, b: Conditions): boolean {
  for (const [name, values] of a) {
    const others = b.get(name);
    if (others && !valuesMeet(values, others)) return false;
  }
  return true;
}

/** Whether every request that meets `inner` meets `outer`. */
export function contains(outer: Conditions, inner: Conditions): boolean {
  for (const [name, values] of outer) {
    const others = inner.get(name);
    if (!others || !valuesContain(values, others)) return false;
  }
  return true;
}

function valuesMeet(a: Values, b: Values): boolean {
  if ('texts' in a) return 'texts' in b && [...a.texts].some((text) => b.texts.has(text));
  return 'spans' in b && a.spans.some((x) => b.spans.some((y) => x.low <= y.high && y.low <= x.high));
}

function valuesContain(outer: Values, inner: Values): boolean {
  if ('texts' in outer) return 'texts' in inner && [...inner.texts].every((text) => outer.texts.has(text));
  return 'spans' in inner && inner.spans.every((x) => outer.spans.some((y) => y.low <= x.low && x.high <= y.high));
}

/**
 * Sorts rates of one meter so that the first whose conditions are met is the most specific: more dimensions go before
 * fewer, and of equally many the one that lies within another goes before it. Two that may both be met and of which
 * neither is more specific are ambiguous; a book that has such rates is refused, so that this order is whole.
 */
export function mostSpecificFirst<T extends { readonly conditions: Conditions }>(rates: readonly T[]): T[] {
  const depth = (rate: T) => rates.filter((other) => moreSpecific(rate, other)).length;
  return rates
    .map((rate) => ({ rate, depth: depth(rate) }))
    .sort((a, b) => b.rate.conditions.size - a.rate.conditions.size || b.depth - a.depth)
    .map(({ rate }) => rate);
}

/** Whether a request may meet both while neither is more specific. */
export function ambiguous(a: { readonly conditions: Conditions }, b: { readonly conditions: Conditions }): boolean {
  if (a.conditions.size !== b.conditions.size || !overlap(a.conditions, b.conditions)) return false;
  return !moreSpecific(a, b) && !moreSpecific(b, a);
}

function moreSpecific(a: { readonly conditions: Conditions }, b: { readonly conditions: Conditions }): boolean {
  return (
    a.conditions.size === b.conditions.size &&
    contains(b.conditions, a.conditions) &&
    !contains(a.conditions, b.conditions)
  );
}
