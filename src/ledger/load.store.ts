import type pg from 'pg';
import type { Slot } from '../core/ledger/commands.js';
import { type StoredBody, unpackBody } from '../core/ledger/journal-body.js';
import { plainArray, textArray } from './array-literal.js';
import * as sql from './load.statements.js';
import * as row from './rows.js';
import type { AccountState, BucketState, LedgerState } from './state.js';
import { all, type Statement, send } from './statement.js';
import type { BatchNeeds, Wanted, WantedRecords } from './wanted.js';

/** How far ahead holds are read that will be due, so that not every batch has to look for them. */
const DUES_AHEAD_MS = 5_000;

/**
 * The locked path: opens a transaction, locks the batch's buckets in their order, and reads what the batch needs by
 * later statements of the same round trip. What it reads stays true until the transaction ends.
 */
export async function lockAndLoad(
  connection: pg.Client,
  needs: BatchNeeds,
  state: LedgerState,
  nowMs: number,
): Promise<void> {
  const buckets = plainArray([...needs.logs].sort((a, b) => a - b));
  await all([
    connection.query('BEGIN'),
    send<LogRow>(connection, sql.LOCK_BUCKETS, [buckets]).then(({ rows }) => takeLogs(state, rows)),
    ...new Loading(connection, needs, state, nowMs).send(),
  ]);
}

/**
 * Reads what a batch needs without a lock: the ends of the logs first, so that the fence notices whatever was appended
 * between them and the rest. Nothing else may be under way on these buckets in this process.
 */
export async function load(
  connection: pg.ClientBase,
  needs: BatchNeeds,
  state: LedgerState,
  nowMs: number,
): Promise<void> {
  const logs = [...needs.logs];
  await all([
    ...(logs.length > 0
      ? [send<LogRow>(connection, sql.READ_LOGS, [plainArray(logs)]).then(({ rows }) => takeLogs(state, rows))]
      : []),
    ...new Loading(connection, needs, state, nowMs).send(),
  ]);
}

interface LogRow {
  bucket: number;
  position: string;
  head: string;
  now: string;
}

function takeLogs(state: LedgerState, rows: readonly LogRow[]): void {
  for (const { bucket, position, head, now } of rows) {
    state.bucket(bucket).log = { position: Number(position), head, now: Number(now) };
  }
}

interface ReferenceRow {
  account_id: string;
  reference: string;
  command_id: string;
}

interface RecordedRow {
  account_id: string;
  command_id: string;
  slot: Slot;
  type: string;
  now: string;
  body: StoredBody;
}

interface FoundPocket extends row.PocketRow {
  place: string;
}

interface ReservationWithCharge extends row.ReservationRow {
  charge_id: string | null;
  charge_uncollected: string;
  charge_refunded: string;
  charge_body: row.ChargeRow['body'];
  charge_opened_at: string;
}

interface DueRow extends ReservationWithCharge {
  bucket: number;
}

/** The reads of one batch, and where their rows go. */
class Loading {
  private readonly buckets: string;
  private readonly places = new Map<string, { readonly bucket: BucketState; readonly account: AccountState }>();
  private readonly sent: Promise<void>[] = [];

  constructor(
    private readonly connection: pg.ClientBase,
    private readonly needs: BatchNeeds,
    private readonly state: LedgerState,
    private readonly nowMs: number,
  ) {
    this.buckets = plainArray([...needs.buckets]);
    const { ids, buckets } = needs.accounts;
    for (const [index, id] of ids.entries()) {
      const number = buckets[index] as number;
      this.places.set(id, { bucket: state.bucket(number), account: state.account(number, id) });
    }
  }

  send(): Promise<void>[] {
    this.sendAccounts();
    this.sendDues();
    this.sendTokens();
    this.sendByIds();
    return this.sent;
  }

  private read<R extends pg.QueryResultRow>(
    statement: Statement,
    values: (string | number)[],
    take: (rows: R[]) => void,
  ): void {
    this.sent.push(send<R>(this.connection, statement, values).then(({ rows }) => take(rows)));
  }

  private sendAccounts(): void {
    const { accounts, shortfalls } = this.needs;
    if (accounts.size > 0) {
      const pairs = [this.buckets, plainArray(accounts.buckets), plainArray(accounts.ids)];
      this.read<row.AccountRow>(sql.ACCOUNTS, pairs, (rows) => {
        for (const found of rows) this.accountOf(found.id).books.account = row.readAccount(found);
      });
      this.read<FoundPocket>(sql.POCKETS, pairs, (rows) => this.takePockets(rows));
    }
    if (shortfalls.size > 0) {
      const pairs = [this.buckets, plainArray(shortfalls.buckets), plainArray(shortfalls.ids)];
      this.read<row.ChargeRow>(sql.SHORTFALLS, pairs, (rows) => this.takeCharges(rows));
    }
  }

  private sendDues(): void {
    const numbers = [...this.needs.dues];
    if (numbers.length === 0) return;
    const since = this.state.settledUntil.of(numbers);
    const values = [this.buckets, plainArray(numbers), plainArray(since), this.nowMs, DUES_AHEAD_MS];
    this.read<DueRow>(sql.DUES, values, (rows) => this.takeDues(numbers, rows));
  }

  private sendTokens(): void {
    const { tokenIds } = this.needs;
    if (tokenIds.size === 0) return;
    this.read<{ id: string }>(sql.REVOKED_TOKENS, [plainArray([...tokenIds])], (rows) => {
      for (const { id } of rows) this.state.revokedTokens.add(id);
    });
  }

  private sendByIds(): void {
    const { needs } = this;
    const takeKeys = (rows: row.KeyRow[]): void => {
      for (const found of rows) this.accountOf(found.account_id).books.keys.set(found.id, row.readKey(found));
    };
    this.readByIds<row.KeyRow>(sql.KEYS, needs.keys, takeKeys);
    this.readByIds<row.KeyRow>(sql.KEYS_OF_RESERVATIONS, needs.keysOfReservations, takeKeys);
    this.readByIds<ReservationWithCharge>(sql.RESERVATIONS, needs.reservations, (rows) => this.takeReservations(rows));
    this.readByIds<row.ChargeRow>(sql.CHARGES, needs.charges, (rows) => this.takeCharges(rows));
    this.readByIds<ReferenceRow>(sql.REFERENCES, needs.references, (rows) => {
      for (const { account_id, reference, command_id } of rows)
        this.accountOf(account_id).books.references.set(reference, command_id);
    });
    const more = [plainArray(needs.recorded.from), ...boundsOf(needs.recorded.ids)];
    this.readByIds<RecordedRow>(sql.RECORDED, needs.recorded, (rows) => this.takeRecorded(rows), more);
  }

  private readByIds<R extends pg.QueryResultRow>(
    statement: Statement,
    wanted: Wanted | WantedRecords,
    take: (rows: R[]) => void,
    more: string[] = [],
  ): void {
    if (wanted.size === 0) return;
    const ids = statement === sql.REFERENCES ? textArray(wanted.ids) : plainArray(wanted.ids);
    this.read(statement, [this.buckets, plainArray(wanted.buckets), plainArray(wanted.accountIds), ids, ...more], take);
  }

  private placeOf(accountId: string): { readonly bucket: BucketState; readonly account: AccountState } {
    const place = this.places.get(accountId);
    if (!place) throw new Error(`account ${accountId} was not asked for`);
    return place;
  }

  private accountOf(accountId: string): AccountState {
    return this.placeOf(accountId).account;
  }

  /** All open pockets of the accounts that are read have come. */
  private takePockets(rows: readonly FoundPocket[]): void {
    for (const found of rows) {
      const account = this.accountOf(found.account_id);
      const pocket = row.readPocket(found);
      account.books.pockets.set(pocket.id, pocket);
      account.pocketRows.set(pocket.id, { place: found.place, movedBy: undefined });
      if (pocket.expiresAt !== null) account.books.noteDue(pocket.expiresAt);
    }
    for (const { account } of this.places.values()) account.loaded = true;
  }

  private takeReservation(bucket: BucketState, account: AccountState, found: ReservationWithCharge): void {
    const { books } = account;
    if (books.reservations.has(found.id)) return;
    const reservation = row.readReservation(found);
    books.reservations.set(found.id, reservation);
    if (reservation.status === 'HELD') books.noteDue(reservation.expiresAt, reservation.id);
    this.state.keep(bucket, account, found.id);
    if (found.charge_id === null) return;
    const charge = row.readCharge({
      id: found.charge_id,
      asset: found.asset,
      opened_at: found.charge_opened_at,
      uncollected: found.charge_uncollected,
      refunded: found.charge_refunded,
      body: found.charge_body,
    });
    books.charges.set(charge.id, charge);
  }

  /** The soonest of each bucket come first, and all of those that expire at the moment of the last. */
  private takeDues(numbers: readonly number[], rows: readonly DueRow[]): void {
    const first = new Map<number, number>();
    const last = new Map<number, { count: number; expiresAt: number }>();
    for (const found of rows) {
      const expiresAt = Number(found.expires_at);
      if (!first.has(found.bucket)) first.set(found.bucket, expiresAt);
      last.set(found.bucket, { count: (last.get(found.bucket)?.count ?? 0) + 1, expiresAt });
      this.takeReservation(this.state.bucket(found.bucket), this.state.account(found.bucket, found.account_id), found);
    }
    for (const number of numbers) {
      const bucket = this.state.bucket(number);
      const bucketNow = bucket.log?.now ?? 0;
      this.state.settledUntil.learn(number, Math.min(bucketNow, first.get(number) ?? bucketNow));
      const { count, expiresAt } = last.get(number) ?? { count: 0, expiresAt: 0 };
      bucket.duesReadUntil = count >= sql.DUES_MAX ? expiresAt : Math.max(this.nowMs, bucketNow) + DUES_AHEAD_MS;
    }
  }

  private takeReservations(rows: readonly ReservationWithCharge[]): void {
    for (const found of rows) {
      const { bucket, account } = this.placeOf(found.account_id);
      this.takeReservation(bucket, account, found);
    }
  }

  private takeCharges(rows: readonly row.ChargeRow[]): void {
    for (const found of rows) this.accountOf(found.account_id).books.charges.set(found.id, row.readCharge(found));
  }

  private takeRecorded(rows: readonly RecordedRow[]): void {
    for (const { account_id, command_id: commandId, slot, type, now, body } of rows) {
      const { asked, value } = unpackBody(body, { type, commandId, now: Number(now) });
      this.accountOf(account_id).books.record(commandId, slot, { type, asked, value });
    }
  }
}

function boundsOf(ids: readonly string[]): string[] {
  let smallest = ids[0] ?? '';
  let largest = smallest;
  for (const id of ids) {
    if (id < smallest) smallest = id;
    if (id > largest) largest = id;
  }
  return [smallest, largest];
}
