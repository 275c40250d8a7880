import { Injectable } from '@nestjs/common';
import type { Account, Key } from '../core/ledger/books.js';
import { bucketOf } from '../core/ledger/ids.js';
import { Database } from '../db/database.js';
import { BooksReader } from '../ledger/books-reader.js';
import { Ledger } from '../ledger/ledger.js';
import { BoundedCache } from '../secrets/bounded-cache.js';
import { insertClaim, selectClaimant, selectExists } from './account.store.js';
import { type AssetBalance, balancesOf } from './balances.js';
import { findReservation, type ReservationView } from './reservation-view.js';

const CACHED_MAX = 100_000;

/** What is known of an account's claim to an outside reference. */
export type Claim = 'claimed' | 'yours' | 'taken';

/** What accounts have and are, for those who ask. Whoever changes them submits a command. */
@Injectable()
export class Accounts {
  /** Accounts are never taken away again. */
  private readonly seen = new BoundedCache<true>(CACHED_MAX);

  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly reader: BooksReader,
  ) {}

  async exists(accountId: string): Promise<boolean> {
    if (this.seen.get(accountId)) return true;
    const found = await selectExists(this.database.pool, bucketOf(accountId, this.ledger.buckets), accountId);
    if (found) this.seen.set(accountId, true);
    return found;
  }

  async find(accountId: string): Promise<Account | undefined> {
    return (await this.reader.read(accountId)).books.account;
  }

  /** An account and one of its keys, of one moment. */
  async findKey(accountId: string, keyId: string): Promise<{ account: Account; key: Key; now: number } | undefined> {
    const { books, now } = await this.reader.read(accountId, { keyId });
    const key = books.keys.get(keyId);
    return books.account && key ? { account: books.account, key, now } : undefined;
  }

  /** What the account has, by asset; undefined where there is no such account. */
  async balances(accountId: string): Promise<{ balances: AssetBalance[]; now: number } | undefined> {
    const { books, now } = await this.reader.read(accountId, { shortfalls: true });
    return books.account && { balances: balancesOf(books, now), now };
  }

  /** What a reservation is now; undefined where the account has none with this id. */
  async reservation(accountId: string, reservationId: string): Promise<ReservationView | undefined> {
    const { books } = await this.reader.read(accountId, { reservationId });
    return findReservation(books, reservationId);
  }

  /** Claims an outside reference for an account. A claim is for good, and unique over the whole ledger. */
  async claimReference(reference: string, accountId: string): Promise<Claim> {
    if (await insertClaim(this.database.dataSource, reference, accountId)) return 'claimed';
    return (await selectClaimant(this.database.dataSource, reference)) === accountId ? 'yours' : 'taken';
  }
}
