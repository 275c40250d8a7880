import { EntitySchema } from 'typeorm';
import type { PriceBook } from '../core/pricing/price-book.js';

/** A version of a price book, less its content. It never changes. */
export interface PriceVersion {
  readonly id: string;
  readonly book: string;
  /** 1 for the first version of the book, 2 for the next. */
  readonly version: number;
  readonly asset: string;
  /** Milliseconds since 1970. */
  readonly effectiveFrom: number;
  readonly importedAt: number;
  /** The principal that imported it. */
  readonly importedBy: string;
}

export interface PriceVersionContent extends PriceVersion {
  readonly content: PriceBook;
}

export interface PriceVersionRow extends PriceVersionContent {
  /** SHA-256 of the content in canonical form. */
  readonly contentHash: Buffer;
}

/** Moments are stored in whole milliseconds, so that a process that counts in them changes over exactly with the database. */
const milliseconds = { from: (at: Date) => at.getTime(), to: (ms: number | undefined) => ms && new Date(ms) };

export const PriceVersionEntity = new EntitySchema<PriceVersionRow>({
  name: 'PriceVersion',
  tableName: 'price_version',
  columns: {
    id: { type: 'uuid', primary: true },
    book: { type: 'text' },
    version: { type: 'integer' },
    asset: { type: 'text' },
    effectiveFrom: { name: 'effective_from', type: 'timestamptz', transformer: milliseconds },
    importedAt: { name: 'imported_at', type: 'timestamptz', createDate: true, transformer: milliseconds },
    importedBy: { name: 'imported_by', type: 'text' },
    // Large, and needed only where a version is compiled or shown.
    content: { type: 'jsonb', select: false },
    contentHash: { name: 'content_hash', type: 'bytea', select: false },
  },
});
