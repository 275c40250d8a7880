import type { PinnedBook } from '../../src/core/ledger/context.js';
import { compileBook } from '../../src/core/pricing/compile-book.js';
import { parseBook } from '../../src/core/pricing/parse-book.js';
import { TABLE_BOOK } from './table.js';

/** The tables' price book, compiled. */
export function pinnedTableBook(): PinnedBook {
  const parsed = parseBook(TABLE_BOOK);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return { priceVersionId: '0196879c-0000-7000-8000-000000000001', book: compileBook(parsed.book) };
}
