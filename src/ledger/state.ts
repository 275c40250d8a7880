import { AccountBooks, type Reservation } from '../core/ledger/books.js';
import { RecentIds } from './recent-ids.js';
import { SettledUntil } from './settled-until.js';

/** How many batches after a lost race go the locked way, so that two processes do not lose to each other in turns. */
const CONTENDED_BATCHES = 16;

/** How much a lane keeps: beyond it, what was not used for longest is forgotten, and read again when it is needed. */
export interface StateLimits {
  readonly accounts: number;
  readonly reservations: number;
}

/** How far a bucket's log goes: what an append expects to find. */
export interface BucketLog {
  readonly position: number;
  readonly head: string;
  /** The last moment that the bucket used. */
  readonly now: number;
}

/** Where in its table a pocket's row is (`ctid`), which spares the look-up of it. Every update moves it. */
export interface PocketRowPlace {
  /** Unknown while an append that moves it is under way. */
  place: string | undefined;
  /** The append that moved it last: what an earlier one tells of its place is out of date. */
  movedBy: object | undefined;
}

/** The books of one account as a lane knows them. What is not in them may still be in the tables. */
export class AccountState {
  readonly books: AccountBooks;
  /** Whether the account itself and all of its open pockets were read. */
  loaded = false;
  /** The rows of its pockets; a pocket without one is new. */
  readonly pocketRows = new Map<string, PocketRowPlace>();
  /** Whether a command has needed it since unused accounts were last looked for. */
  used = true;

  constructor(accountId: string) {
    this.books = new AccountBooks(accountId);
  }
}

/** One bucket as a lane knows it: all of it is of the moment at which its log ended so. */
export class BucketState {
  log: BucketLog | undefined;
  readonly accounts = new Map<string, AccountState>();
  /** Every hold of the bucket that expires until then is in its account's books. */
  duesReadUntil = Number.NEGATIVE_INFINITY;

  constructor(readonly bucket: number) {}

  /** Notes that a reservation is not in the books any more, though it is open. */
  forget({ status, expiresAt }: Reservation): void {
    if (status === 'HELD' && expiresAt <= this.duesReadUntil) this.duesReadUntil = expiresAt - 1;
  }
}

interface KeptReservation {
  readonly bucket: BucketState;
  readonly account: AccountState;
  readonly id: string;
}

/**
 * What a lane knows of its buckets: read from the tables, or written there by its own batches. It is current where the
 * fence finds a bucket's position and head as they are here, because then nobody else has appended since. Batches that
 * are under way have left their changes in it already, so nothing of it is told to anybody before they are committed.
 */
export class LedgerState {
  readonly recentIds = new RecentIds();
  readonly revokedTokens = new Set<string>();
  readonly settledUntil = new SettledUntil();
  private readonly buckets = new Map<number, BucketState>();
  private readonly contended = new Map<number, number>();
  /** Open reservations in the order of their coming, and some that have ended. */
  private kept: KeptReservation[] = [];
  private accountCount = 0;

  constructor(private readonly limits: StateLimits) {}

  bucket(bucket: number): BucketState {
    let state = this.buckets.get(bucket);
    if (!state) {
      state = new BucketState(bucket);
      this.buckets.set(bucket, state);
    }
    return state;
  }

  account(bucket: number, accountId: string): AccountState {
    const { accounts } = this.bucket(bucket);
    let account = accounts.get(accountId);
    if (!account) {
      account = new AccountState(accountId);
      accounts.set(accountId, account);
      this.accountCount += 1;
    }
    return account;
  }

  /** Notes an open reservation that has come into the books. */
  keep(bucket: BucketState, account: AccountState, id: string): void {
    this.kept.push({ bucket, account, id });
  }

  /** Forgets what is too much. Nothing may be read from the tables while a batch is under way: it could be older. */
  trim(): void {
    if (this.kept.length > 2 * this.limits.reservations) this.trimReservations();
    if (this.accountCount > this.limits.accounts) this.trimAccounts();
  }

  /** Forgets what is known of these buckets. */
  drop(buckets: Iterable<number>): void {
    for (const bucket of buckets) {
      this.accountCount -= this.buckets.get(bucket)?.accounts.size ?? 0;
      this.buckets.delete(bucket);
    }
  }

  /** Forgets all buckets: another database, with another past, may answer from now on. */
  clear(): void {
    this.buckets.clear();
    this.settledUntil.clear();
    this.kept = [];
    this.accountCount = 0;
  }

  /** Another process appends to these buckets: for some batches they are locked before they are read. */
  markContended(buckets: Iterable<number>): void {
    for (const bucket of buckets) this.contended.set(bucket, CONTENDED_BATCHES);
  }

  isContended(bucket: number): boolean {
    return this.contended.has(bucket);
  }

  /** Notes that a batch with these buckets went the locked way. */
  easeContention(buckets: Iterable<number>): void {
    for (const bucket of buckets) {
      const left = this.contended.get(bucket);
      if (left === undefined) continue;
      if (left > 1) this.contended.set(bucket, left - 1);
      else this.contended.delete(bucket);
    }
  }

  private trimReservations(): void {
    const open = this.kept.filter(
      ({ bucket, account, id }) =>
        this.buckets.get(bucket.bucket) === bucket &&
        bucket.accounts.get(account.books.accountId) === account &&
        account.books.reservations.has(id),
    );
    const tooMany = Math.max(0, open.length - this.limits.reservations);
    for (const { bucket, account, id } of open.slice(0, tooMany)) {
      const reservation = account.books.reservations.get(id);
      if (reservation) bucket.forget(reservation);
      account.books.reservations.delete(id);
    }
    this.kept = open.slice(tooMany);
  }

  /** An account is forgotten when it was not used between two times at which there were too many. */
  private trimAccounts(): void {
    for (const bucket of this.buckets.values()) {
      for (const [accountId, account] of bucket.accounts) {
        if (account.used) {
          account.used = false;
          continue;
        }
        for (const reservation of account.books.reservations.values()) bucket.forget(reservation);
        bucket.accounts.delete(accountId);
        this.accountCount -= 1;
        if (this.accountCount <= this.limits.accounts) return;
      }
    }
  }
}
