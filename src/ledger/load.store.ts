import type pg from 'pg';
import type { Slot } from '../core/ledger/commands.js';
import type { OutcomeValue } from '../core/ledger/outcome.js';
import { plainArray, textArray } from './array-literal.js';
import * as sql from './load.statements.js';
import { Loaded } from './loaded.js';
import * as row from './rows.js';
import { SettledUntil } from './settled-until.js';
import { all, type Statement, send } from './statement.js';
import type { BatchNeeds, Wanted, WantedRecords } from './wanted.js';

/**
 * The locked path: opens a transaction, locks the batch's buckets in their order, and reads what the batch needs by
 * later statements of the same round trip. What it answers stays true until the transaction ends.
 */
export async function lockAndLoad(
  connection: pg.Client,
  needs: BatchNeeds,
  nowMs: number,
  settled: SettledUntil = new SettledUntil(),
): Promise<Loaded> {
  const buckets = [...needs.buckets].sort((a, b) => a - b);
  const loaded = new Loaded();
  const sent = [
    connection.query('BEGIN'),
    send<LogRow>(connection, sql.LOCK_BUCKETS, [plainArray(buckets)]).then(({ rows }) => takeLogs(loaded, rows)),
    ...loadState(connection, needs, buckets, nowMs, loaded, settled),
  ];
  await all(sent);
  settled.learn(loaded);
  return loaded;
}

interface LogRow {
  bucket: number;
  position: string;
  head: string;
  now: string;
}

function takeLogs(loaded: Loaded, rows: readonly LogRow[]): void {
  for (const { bucket, position, head, now } of rows) {
    loaded.logs.set(bucket, { bucket, position: Number(position), head, now: Number(now) });
  }
}

/** Reads what is needed; what it answers is of one moment only where the transaction makes it so. */
export function loadState(
  connection: pg.ClientBase,
  needs: BatchNeeds,
  bucketNumbers: readonly number[],
  nowMs: number,
  loaded: Loaded,
  settled: SettledUntil = new SettledUntil(),
): Promise<void>[] {
  const { accounts } = needs;
  const buckets = plainArray(bucketNumbers);
  const accountIds = plainArray(accounts.ids);
  const accountPairs = [buckets, plainArray(accounts.buckets), accountIds];
  const sent = [
    send<row.AccountRow>(connection, sql.ACCOUNTS, accountPairs).then(({ rows }) => {
      for (const found of rows) loaded.booksOf(found.id).account = row.readAccount(found);
    }),
    send<row.PocketRow>(connection, sql.POCKETS, accountPairs).then(({ rows }) => takePockets(loaded, rows)),
    send<OverdueRow>(connection, sql.OVERDUE, [
      buckets,
      buckets,
      plainArray(settled.of(bucketNumbers)),
      nowMs,
      accountIds,
    ]).then(({ rows }) => takeOverdue(loaded, rows, accounts)),
  ];
  if (needs.shortfalls.size > 0) {
    const pairs = [buckets, plainArray(needs.shortfalls.buckets), plainArray(needs.shortfalls.ids)];
    sent.push(send<row.ChargeRow>(connection, sql.SHORTFALLS, pairs).then(({ rows }) => takeCharges(loaded, rows)));
  }
  if (needs.tokenIds.size > 0) {
    const ids = [plainArray([...needs.tokenIds])];
    sent.push(
      send<{ id: string }>(connection, sql.REVOKED_TOKENS, ids).then(({ rows }) => {
        for (const { id } of rows) loaded.revokedTokens.add(id);
      }),
    );
  }
  sent.push(...loadByIds(connection, needs, buckets, loaded));
  return sent;
}

function loadByIds(connection: pg.ClientBase, needs: BatchNeeds, buckets: string, loaded: Loaded): Promise<void>[] {
  const sent: Promise<void>[] = [];
  const load = <R extends pg.QueryResultRow>(
    statement: Statement,
    wanted: Wanted | WantedRecords,
    take: (rows: R[]) => void,
    more: string[] = [],
  ) => {
    if (wanted.size === 0) return;
    const ids = statement === sql.REFERENCES ? textArray(wanted.ids) : plainArray(wanted.ids);
    const values = [buckets, plainArray(wanted.buckets), plainArray(wanted.accountIds), ids, ...more];
    sent.push(send<R>(connection, statement, values).then(({ rows }) => take(rows)));
  };
  const takeKeys = (rows: row.KeyRow[]) => {
    for (const found of rows) loaded.booksOf(found.account_id).keys.set(found.id, row.readKey(found));
  };
  load<row.KeyRow>(sql.KEYS, needs.keys, takeKeys);
  load<row.KeyRow>(sql.KEYS_OF_RESERVATIONS, needs.keysOfReservations, takeKeys);
  load<ReservationWithCharge>(sql.RESERVATIONS, needs.reservations, (rows) => takeReservations(loaded, rows));
  load<row.ChargeRow>(sql.CHARGES, needs.charges, (rows) => takeCharges(loaded, rows));
  load<ReferenceRow>(sql.REFERENCES, needs.references, (rows) => {
    for (const found of rows) loaded.booksOf(found.account_id).references.set(found.reference, found.command_id);
  });
  load<RecordedRow>(sql.RECORDED, needs.recorded, (rows) => takeRecorded(loaded, rows), [
    plainArray(needs.recorded.from),
    ...boundsOf(needs.recorded.ids),
  ]);
  return sent;
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
  body: { asked: Record<string, unknown>; value: OutcomeValue };
}

interface OverdueRow extends row.ReservationRow {
  bucket: number;
  /** The first that is overdue in its bucket; its account need not be one of the batch. */
  first: boolean;
}

interface ReservationWithCharge extends row.ReservationRow {
  charge_id: string | null;
  charge_uncollected: string;
  charge_refunded: string;
  charge_body: row.ChargeRow['body'];
  charge_opened_at: string;
}

function takePockets(loaded: Loaded, rows: readonly row.PocketRow[]): void {
  for (const found of rows) {
    loaded.booksOf(found.account_id).pockets.set(found.id, row.readPocket(found));
    loaded.storedPockets.add(found.id);
  }
}

function takeReservation(loaded: Loaded, found: row.ReservationRow): void {
  loaded.booksOf(found.account_id).reservations.set(found.id, row.readReservation(found));
  loaded.storedReservations.add(found.account_id + found.id);
}

function takeOverdue(loaded: Loaded, rows: readonly OverdueRow[], accounts: Wanted): void {
  for (const found of rows) {
    if (found.first) loaded.firstOverdue.set(found.bucket, Number(found.expires_at));
    if (accounts.has(found.account_id, found.account_id)) takeReservation(loaded, found);
  }
}

function takeReservations(loaded: Loaded, rows: readonly ReservationWithCharge[]): void {
  for (const found of rows) {
    takeReservation(loaded, found);
    if (found.charge_id === null) continue;
    const charge = row.readCharge({
      id: found.charge_id,
      asset: found.asset,
      opened_at: found.charge_opened_at,
      uncollected: found.charge_uncollected,
      refunded: found.charge_refunded,
      body: found.charge_body,
    });
    loaded.booksOf(found.account_id).charges.set(charge.id, charge);
  }
}

function takeCharges(loaded: Loaded, rows: readonly row.ChargeRow[]): void {
  for (const found of rows) loaded.booksOf(found.account_id).charges.set(found.id, row.readCharge(found));
}

function takeRecorded(loaded: Loaded, rows: readonly RecordedRow[]): void {
  for (const { account_id, command_id, slot, type, body } of rows) {
    loaded.booksOf(account_id).record(command_id, slot, { type, asked: body.asked, value: body.value });
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
