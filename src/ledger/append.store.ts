import type pg from 'pg';
import { type JournaledCommand, slotOf } from '../core/ledger/commands.js';
import { packBody } from '../core/ledger/journal-body.js';
import { sumShares } from '../core/ledger/pockets.js';
import { NotCommitted } from '../db/database.js';
import * as sql from './append.statements.js';
import { jsonArray, nullableArray, nullableTextArray, plainArray, textArray } from './array-literal.js';
import type { Advance, DecidedBatch } from './batch.js';
import { Netted, type PlacedRow } from './netted.js';
import type { Pending } from './pending.js';
import { sendPockets } from './pocket.store.js';
import { chargeBody, reservationBody } from './rows.js';
import { sendRows } from './send-rows.js';
import { all, send } from './statement.js';

/** What an append does besides writing the batch. */
export interface AppendOptions {
  /** False where the buckets are locked already, in a transaction that is open. */
  readonly begin: boolean;
  /** Service tokens that sent commands of the batch, and must not be revoked. */
  readonly tokenIds: readonly string[];
}

/**
 * Writes a batch and commits it, sent in one go: the fence first, so that processes which want the same buckets wait
 * for each other there and nowhere else, then the rows. Resolves only when the commit is durable, with the commands
 * whose refusal does not stand, because their ids are in the journal; throws the first failure of all that was sent.
 */
export function append(
  connection: pg.Client,
  { advances, rows, refusedUnseen }: DecidedBatch,
  { begin, tokenIds }: AppendOptions,
): Promise<ReadonlySet<Pending>> {
  const netted = new Netted();
  for (const row of rows) netted.add(row);
  const sent: Promise<unknown>[] = begin ? [connection.query('BEGIN')] : [];
  sent.push(...sendFence(connection, advances));
  if (tokenIds.length > 0) sent.push(send(connection, sql.LIVE_TOKENS, [plainArray(tokenIds)]));
  const used = sendUsedIds(connection, refusedUnseen);
  if (rows.length > 0) sent.push(sendJournal(connection, rows), ...sendTransfers(connection, rows));
  sent.push(
    ...sendPockets(connection, netted),
    ...sendReservations(connection, netted),
    ...sendColdChanges(connection, netted),
  );
  return committed(sent, used, connection.query('COMMIT'));
}

/** A function of its own, so that nothing of what was sent is kept in memory until the answer comes. */
async function committed(
  sent: readonly Promise<unknown>[],
  used: Promise<ReadonlySet<Pending>>,
  commit: Promise<pg.QueryResult>,
): Promise<ReadonlySet<Pending>> {
  await all([...sent, used, commit]);
  if ((await commit).command !== 'COMMIT') throw new NotCommitted();
  return used;
}

function sendFence(connection: pg.Client, advances: readonly Advance[]): Promise<unknown>[] {
  const moved = advances.filter(({ from, to }) => from !== to);
  const unmoved = advances.filter(({ from, to }) => from === to);
  const sent: Promise<unknown>[] = [];
  if (moved.length > 0) {
    sent.push(
      send(connection, sql.ADVANCE, [
        ...expected(moved),
        plainArray(moved.map(({ to }) => to.position)),
        plainArray(moved.map(({ to }) => to.head)),
        plainArray(moved.map(({ to }) => to.now)),
      ]),
    );
  }
  if (unmoved.length > 0) sent.push(send(connection, sql.CHECK, expected(unmoved)));
  return sent;
}

function expected(advances: readonly Advance[]): string[] {
  const buckets = plainArray(advances.map(({ bucket }) => bucket));
  return [
    buckets,
    buckets,
    plainArray(advances.map(({ from }) => from.position)),
    plainArray(advances.map(({ from }) => from.head)),
  ];
}

/** Which of these refused commands have ids that the journal has. */
async function sendUsedIds(connection: pg.Client, refused: readonly Pending[]): Promise<ReadonlySet<Pending>> {
  const journaled = refused.filter((pending) => pending.command.type !== 'Expire');
  if (journaled.length === 0) return new Set();
  const buckets = plainArray(journaled.map(({ bucket }) => bucket));
  const { rows } = await send<{ place: number }>(connection, sql.USED_IDS, [
    buckets,
    buckets,
    plainArray(journaled.map(({ command }) => command.accountId)),
    plainArray(journaled.map(({ command }) => command.id)),
    plainArray(journaled.map(({ command }) => slotOf(command as JournaledCommand))),
  ]);
  return new Set(rows.map(({ place }) => journaled[place - 1] as Pending));
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
    jsonArray(rows.map((row) => packBody(row.journal))),
  ]);
}

function sendTransfers(connection: pg.Client, rows: readonly PlacedRow[]): Promise<unknown>[] {
  const moves = rows.flatMap(({ bucket, position, journal: { command, changes } }) =>
    changes.transfers.map((transfer, index) => ({ bucket, position, line: index + 1, command, transfer })),
  );
  if (moves.length === 0) return [];
  return [
    send(connection, sql.TRANSFERS, [
      plainArray(moves.map(({ bucket }) => bucket)),
      plainArray(moves.map(({ position }) => position)),
      plainArray(moves.map(({ line }) => line)),
      plainArray(moves.map(({ command }) => command.accountId)),
      plainArray(moves.map(({ command }) => command.id)),
      plainArray(moves.map(({ transfer }) => transfer.kind)),
      plainArray(moves.map(({ transfer }) => transfer.debit)),
      plainArray(moves.map(({ transfer }) => transfer.credit)),
      plainArray(moves.map(({ transfer }) => transfer.asset)),
      plainArray(moves.map(({ transfer }) => transfer.amount)),
    ]),
  ];
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
      // Null for those that are as their Reserve made them.
      jsonArray(reservations.map(({ row, asReserved }) => (asReserved ? null : reservationBody(row)))),
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
