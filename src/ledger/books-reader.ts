import { AccountBooks } from '../core/ledger/books.js';
import { carryOutRecorded } from '../core/ledger/carry-out.js';
import type { Context } from '../core/ledger/context.js';
import { dueCommands } from '../core/ledger/due.js';
import { bucketOf } from '../core/ledger/ids.js';
import type { Database } from '../db/database.js';
import type { Ledger } from './ledger.js';
import { load } from './load.store.js';
import type { PriceSource } from './price-source.js';
import { LedgerState } from './state.js';
import { BatchNeeds } from './wanted.js';

/** What to read besides the account and its pockets. */
export interface BooksWanted {
  readonly keyId?: string;
  readonly reservationId?: string;
  /** Also every charge with shortfall that nobody has paid. */
  readonly shortfalls?: boolean;
}

/** The books of one account at a moment, as the next command on it would find them. */
export interface ReadBooks {
  readonly books: AccountBooks;
  readonly now: number;
}

/**
 * Reads an account's books for those who only look: one snapshot, nothing locked, nothing written. What is due is
 * carried out on the copy, so that what is said of the account is what the next command would be decided on.
 */
export class BooksReader {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly prices: PriceSource,
  ) {}

  /** @throws ClockStale when the database's clock cannot be told, and what the driver throws. */
  async read(accountId: string, wanted: BooksWanted = {}): Promise<ReadBooks> {
    const bucket = bucketOf(accountId, this.ledger.buckets);
    const estimate = this.ledger.now();
    const state = new LedgerState({ accounts: 1, reservations: Number.POSITIVE_INFINITY });
    const needs = needsOf(bucket, accountId, wanted);
    await this.database.transaction((client) => load(client, needs, state, estimate), 'REPEATABLE READ');
    const { books } = state.account(bucket, accountId);
    const now = Math.max(estimate, state.bucket(bucket).log?.now ?? 0);
    const context: Context = { now, oldestIdMs: 0, newestIdMs: Number.MAX_SAFE_INTEGER, prices: this.prices };
    for (const due of dueCommands(books, now)) carryOutRecorded(due, books, context, 'system');
    return { books, now };
  }
}

function needsOf(bucket: number, accountId: string, { keyId, reservationId, shortfalls }: BooksWanted): BatchNeeds {
  const needs = new BatchNeeds();
  needs.buckets.add(bucket);
  needs.logs.add(bucket);
  needs.dues.add(bucket);
  needs.accounts.add(bucket, accountId, accountId);
  if (keyId !== undefined) needs.keys.add(bucket, accountId, keyId);
  if (shortfalls) needs.shortfalls.add(bucket, accountId, accountId);
  if (reservationId !== undefined) {
    needs.reservations.add(bucket, accountId, reservationId);
    needs.recorded.add(bucket, accountId, reservationId);
  }
  return needs;
}
