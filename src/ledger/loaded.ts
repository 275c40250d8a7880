import { AccountBooks } from '../core/ledger/books.js';

/** How far a bucket's log goes, as it was read: what an append expects to find again. */
export interface BucketLog {
  readonly bucket: number;
  readonly position: number;
  readonly head: string;
  /** The last moment that the bucket used. */
  readonly now: number;
}

/** What a batch is decided on: the logs of its buckets, and the books of its accounts. */
export class Loaded {
  readonly logs = new Map<number, BucketLog>();
  readonly books = new Map<string, AccountBooks>();
  /** Rows that are in the tables, so that a change knows whether to insert or to update. */
  readonly storedPockets = new Set<string>();
  readonly storedReservations = new Set<string>();
  readonly revokedTokens = new Set<string>();
  /** When the first hold that is overdue expired, by bucket; none for a bucket without any. */
  readonly firstOverdue = new Map<number, number>();

  booksOf(accountId: string): AccountBooks {
    let books = this.books.get(accountId);
    if (!books) {
      books = new AccountBooks(accountId);
      this.books.set(accountId, books);
    }
    return books;
  }
}
