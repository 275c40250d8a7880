import { createHash } from 'node:crypto';
import type { PriceBook } from '../core/pricing/price-book.js';

/** A hash of what a book says, whatever the order of keys and the blanks in its file. */
export function contentHash(book: PriceBook): Buffer {
  return createHash('sha256').update(canonicalJson(book)).digest();
}

/** JSON with the keys of every object in order. The lists of a book keep theirs. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
