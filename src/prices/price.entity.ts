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
