import type { CompiledBook } from '../pricing/compiled-book.js';

/** What `decide` may read besides the books. Everything in it that mattered is journaled, so that a replay decides the same. */
export interface Context {
  /** The moment of the command: the database's clock, never before the bucket's last. Milliseconds since 1970. */
  readonly now: number;
  /** The oldest and newest moment that the journal has a partition for: ids outside it cannot be recorded. */
  readonly oldestIdMs: number;
  readonly newestIdMs: number;
  readonly prices: PriceContext;
}

export interface PriceContext {
  /** The version of the book in force at that moment; undefined when there is none; throws `PricesStale` when it cannot be known. */
  inForce(book: string, at: number): PinnedBook | undefined;
  /** The version that a reservation was made under. The caller has loaded it. */
  version(priceVersionId: string): PinnedBook;
}

export interface PinnedBook {
  readonly priceVersionId: string;
  readonly book: CompiledBook;
}

/** The price tables of this process are too old to price by: the command is `UNAVAILABLE`. */
export class PricesStale extends Error {}
