/*
 * PostgreSQL array literals, written by hand: the driver's own writer looks at every element's type, and a batch has
 * thousands of them.
 */

/** Of elements that need no quotes: numbers, UUIDs, plain words. */
export function plainArray(elements: readonly (string | number | bigint)[]): string {
  return `{${elements.join(',')}}`;
}

/** Of elements that need no quotes, where null stands for SQL's NULL. */
export function nullableArray(elements: readonly (string | number | bigint | null)[]): string {
  return `{${elements.map((element) => element ?? 'NULL').join(',')}}`;
}

/** Of any text, JSON among it. */
export function textArray(elements: readonly string[]): string {
  if (elements.length === 0) return '{}';
  return `{"${elements.map((text) => text.replace(/["\\]/g, '\\$&')).join('","')}"}`;
}
