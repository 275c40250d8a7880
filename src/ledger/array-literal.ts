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

/** Of any text. */
export function textArray(elements: readonly string[]): string {
  return `{${elements.map(quoted).join(',')}}`;
}

/** Of any text, where null stands for SQL's NULL. */
export function nullableTextArray(elements: readonly (string | null)[]): string {
  return `{${elements.map((element) => (element === null ? 'NULL' : quoted(element))).join(',')}}`;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

const JSON_OID = 114;
const ARRAY_HEADER_BYTES = 20;
const NULL_LENGTH = -1;

/**
 * Of `json`, in PostgreSQL's binary form, where null stands for SQL's NULL: neither side has to escape and unescape
 * every quote, which costs more than all else that is done with such a text.
 */
export function jsonArray(elements: readonly (string | null)[]): Buffer {
  let size = ARRAY_HEADER_BYTES;
  for (const text of elements) size += 4 + (text === null ? 0 : Buffer.byteLength(text));
  const array = Buffer.allocUnsafe(size);
  // One dimension, whether there may be a NULL, the elements' type, how many there are, counted from 1.
  let at = 0;
  for (const number of [1, 1, JSON_OID, elements.length, 1]) at = array.writeInt32BE(number, at);
  for (const text of elements) {
    if (text === null) {
      at = array.writeInt32BE(NULL_LENGTH, at);
      continue;
    }
    const length = array.write(text, at + 4);
    at = array.writeInt32BE(length, at) + length;
  }
  return array;
}
