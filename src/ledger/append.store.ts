import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { RULES } from '../core/ledger/decide.js';
import { sumShares } from '../core/ledger/pockets.js';
import { NotCommitted } from '../db/database.js';
import * as sql from './append.statements.js';
import { jsonArray, nullableArray, nullableTextArray, plainArray, textArray } from './array-literal.js';
import type { BucketLog, Loaded } from './loaded.js';
import { Netted, type PlacedRow } from './netted.js';
import { chargeBody, reservationBody } from './rows.js';
import { all, type Statement, send } from './statement.js';

/**
 * The append of one batch, inside the transaction that locked its buckets. Journal and transfers are sent while the
 * rest of the batch is still being decided, so that PostgreSQL works on them meanwhile; the fence, the netted changes
 * of state and the commit follow at its end.
 */
export class Append {
  private readonly sent: Promise<unknown>[] = [];
  private readonly netted: Netted;
  private readonly last = new Map<number, PlacedRow>();

  constructor(
    private readonly connection: pg.Client,
    private readonly loaded: Loaded,
  ) {
    this.netted = new Netted(loaded);
  }

  /** Sends rows that follow, in their buckets, on those that were sent before. */
  write(rows: readonly PlacedRow[]): void {
    if (rows.length === 0) return;
    const sorted = [...rows].sort((a, b) => a.bucket - b.bucket || a.position - b.position);
    for (const row of sorted) {
      this.netted.add(row);
      this.last.set(row.bucket, row);
    }
    this.keep(sendJournal(this.connection, sorted), ...sendTransfers(this.connection, sorted));
  }

  /** Resolves only when the commit is durable; throws the first failure of all that was sent. */
  async commit(): Promise<void> {
    const { connection, netted } = this;
    this.keep(
      ...sendFence(connection, this.loaded, this.last),
      ...sendPockets(connection, netted),
      ...sendReservations(connection, netted),
      ...sendColdChanges(connection, netted),
    );
    const commit = connection.query('COMMIT');
    await all([...this.sent, commit]);
    if ((await commit).command !== 'COMMIT') throw new NotCommitted();
  }

  /** What fails before the commit is waited for is told there: until then nobody listens, which would end the process. */
  private keep(...sent: Promise<unknown>[]): void {
    for (const promise of sent) promise.catch(() => undefined);
    this.sent.push(...sent);
  }
}

function sendFence(
  connection: pg.Client,
  loaded: Loaded,
  advanced: ReadonlyMap<number, PlacedRow>,
): Promise<unknown>[] {
  const logs = [...loaded.logs.values()].sort((a, b) => a.bucket - b.bucket);
  const moved = logs.filter((log) => advanced.has(log.bucket));
  const unmoved = logs.filter((log) => !advanced.has(log.bucket));
  const sent: Promise<unknown>[] = [];
  if (moved.length > 0) {
    const next = moved.map((log) => advanced.get(log.bucket) as PlacedRow);
    sent.push(
      send(connection, sql.ADVANCE, [
        ...expected(moved),
        plainArray(next.map(({ position }) => position)),
        plainArray(moved.map(() => randomUUID())),
        plainArray(next.map(({ journal }) => journal.now)),
      ]),
    );
  }
  if (unmoved.length > 0) sent.push(send(connection, sql.CHECK, expected(unmoved)));
  return sent;
}

function expected(logs: readonly BucketLog[]): string[] {
  const buckets = plainArray(logs.map((log) => log.bucket));
  return [buckets, buckets, plainArray(logs.map((log) => log.position)), plainArray(logs.map((log) => log.head))];
}

function sendJournal(connection: pg.Client, rows: readonly PlacedRow[]): Promise<unknown> {
  return send(connection, sql.JOURNAL, [
    plainArray(rows.map((row) => row.bucket)),
    plainArray(rows.map((row) => row.position)),
    plainArray(rows.map((row) => row.journal.command.accountId)),
    plainArray(rows.map((row) => row.journal.command.id)),
    plainArray(rows.map((row) => row.journal.slot)),
    plainArray(rows.map((row) => row.journal.command.type)),
    plainArray(rows.map((row) => row.journal.now)),
    jsonArray(rows.map(journalBody)),
  ]);
}

/** What the journal keeps of a command: all that was asked, all that was read beyond the state, and the outcome. */
function journalBody({ journal }: PlacedRow): string {
  const { asked, by, prices, value } = journal;
  return JSON.stringify(prices ? { asked, by, rules: RULES, prices, value } : { asked, by, rules: RULES, value });
}

function sendTransfers(connection: pg.Client, rows: readonly PlacedRow[]): Promise<unknown>[] {
  const columns: (string | number | bigint)[][] = Array.from({ length: 10 }, () => []);
  for (const { bucket, position, journal } of rows) {
    const { accountId, id } = journal.command;
    for (const [index, transfer] of journal.changes.transfers.entries()) {
      const { kind, debit, credit, asset, amount } = transfer;
      const values = [bucket, position, index + 1, accountId, id, kind, debit, credit, asset, amount];
      for (const [column, value] of values.entries()) columns[column]?.push(value);
    }
  }
  return columns[0]?.length ? [send(connection, sql.TRANSFERS, columns.map(plainArray))] : [];
}

/** Turns placed rows into one array for each column, the buckets first, and sends them if there are any. */
function sendRows<T>(
  connection: pg.Client,
  statement: Statement,
  rows: readonly { readonly bucket: number; readonly accountId: string; readonly row: T }[],
  columns: (placed: { readonly accountId: string; readonly row: T }[]) => (string | Buffer)[],
  filtered: boolean,
): Promise<unknown>[] {
  if (rows.length === 0) return [];
  const buckets = plainArray(rows.map((row) => row.bucket));
  return [send(connection, statement, [...(filtered ? [buckets] : []), buckets, ...columns([...rows])])];
}

function sendPockets(connection: pg.Client, netted: Netted): Promise<unknown>[] {
  const sent = sendRows(
    connection,
    sql.INSERT_POCKETS,
    [...netted.newPockets.values()],
    (pockets) => [
      plainArray(pockets.map(({ accountId }) => accountId)),
      plainArray(pockets.map(({ row }) => row.id)),
      plainArray(pockets.map(({ row }) => row.asset)),
      plainArray(pockets.map(({ row }) => row.kind)),
      plainArray(pockets.map(({ row }) => row.balance)),
      plainArray(pockets.map(({ row }) => row.held)),
      plainArray(pockets.map(({ row }) => row.creditLimit)),
      nullableArray(pockets.map(({ row }) => row.expiresAt)),
      plainArray(pockets.map(({ row }) => row.priority)),
      plainArray(pockets.map(({ row }) => row.openedAt)),
      plainArray(pockets.map(({ row }) => String(row.closed))),
    ],
    false,
  );
  const updated = sendRows(
    connection,
    sql.UPDATE_POCKETS,
    [...netted.changedPockets.values()],
    (pockets) => [
      plainArray(pockets.map(({ accountId }) => accountId)),
      plainArray(pockets.map(({ row }) => row.id)),
      plainArray(pockets.map(({ row }) => row.balance)),
      plainArray(pockets.map(({ row }) => row.held)),
      plainArray(pockets.map(({ row }) => row.creditLimit)),
      plainArray(pockets.map(({ row }) => String(row.closed))),
    ],
    true,
  );
  return [...sent, ...updated];
}

function sendReservations(connection: pg.Client, netted: Netted): Promise<unknown>[] {
  const inserted = sendRows(
    connection,
    sql.INSERT_RESERVATIONS,
    [...netted.newReservations.values()],
    (reservations) => [
      plainArray(reservations.map(({ accountId }) => accountId)),
      plainArray(reservations.map(({ row }) => row.id)),
      plainArray(reservations.map(({ row }) => row.status)),
      plainArray(reservations.map(({ row }) => row.expiresAt)),
      plainArray(reservations.map(({ row }) => row.asset)),
      plainArray(reservations.map(({ row }) => sumShares(row.holds))),
      plainArray(reservations.map(({ row }) => row.charged)),
      jsonArray(reservations.map(({ row }) => reservationBody(row))),
    ],
    false,
  );
  const updated = sendRows(
    connection,
    sql.UPDATE_RESERVATIONS,
    [...netted.changedReservations.values()],
    (reservations) => [
      plainArray(reservations.map(({ accountId }) => accountId)),
      plainArray(reservations.map(({ row }) => row.id)),
      plainArray(reservations.map(({ row }) => row.status)),
      plainArray(reservations.map(({ row }) => row.expiresAt)),
      plainArray(reservations.map(({ row }) => sumShares(row.holds))),
      plainArray(reservations.map(({ row }) => row.charged)),
      jsonArray(reservations.map(({ row }) => reservationBody(row))),
    ],
    true,
  );
  const ended = sendRows(
    connection,
    sql.DELETE_RESERVATIONS,
    [...netted.endedReservations.values()],
    (reservations) => [
      plainArray(reservations.map(({ accountId }) => accountId)),
      plainArray(reservations.map(({ row }) => row)),
    ],
    true,
  );
  return [...inserted, ...updated, ...ended];
}

/** Accounts, keys, charges and references: rows that most batches do not touch. */
function sendColdChanges(connection: pg.Client, netted: Netted): Promise<unknown>[] {
  const accounts = sendRows(
    connection,
    sql.PUT_ACCOUNTS,
    [...netted.accounts.values()],
    (rows) => [
      plainArray(rows.map(({ row }) => row.id)),
      textArray(rows.map(({ row }) => JSON.stringify(row.settings))),
      plainArray(rows.map(({ row }) => row.openedAt)),
    ],
    false,
  );
  const keys = sendRows(
    connection,
    sql.PUT_KEYS,
    [...netted.keys.values()],
    (rows) => [
      plainArray(rows.map(({ accountId }) => accountId)),
      plainArray(rows.map(({ row }) => row.id)),
      textArray(rows.map(({ row }) => row.label)),
      plainArray(rows.map(({ row }) => row.scope)),
      plainArray(rows.map(({ row }) => row.tier)),
      nullableTextArray(rows.map(({ row }) => (row.models === null ? null : JSON.stringify(row.models)))),
      nullableArray(rows.map(({ row }) => row.expiresAt)),
      nullableArray(rows.map(({ row }) => row.revokedAt)),
      plainArray(rows.map(({ row }) => row.mintedAt)),
    ],
    false,
  );
  const charges = sendRows(
    connection,
    sql.PUT_CHARGES,
    [...netted.charges.values()],
    (rows) => [
      plainArray(rows.map(({ accountId }) => accountId)),
      plainArray(rows.map(({ row }) => row.id)),
      plainArray(rows.map(({ row }) => row.asset)),
      plainArray(rows.map(({ row }) => row.openedAt)),
      plainArray(rows.map(({ row }) => row.uncollected)),
      plainArray(rows.map(({ row }) => row.refunded)),
      textArray(rows.map(({ row }) => chargeBody(row))),
    ],
    false,
  );
  const references = sendRows(
    connection,
    sql.INSERT_REFERENCES,
    netted.references,
    (rows) => [
      plainArray(rows.map(({ accountId }) => accountId)),
      textArray(rows.map(({ row }) => row.reference)),
      plainArray(rows.map(({ row }) => row.commandId)),
    ],
    false,
  );
  return [...accounts, ...keys, ...charges, ...references];
}
