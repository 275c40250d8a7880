import type pg from 'pg';
import * as sql from './append.statements.js';
import { nullableArray, plainArray } from './array-literal.js';
import type { Netted, PlacedPocket } from './netted.js';
import { sendRows } from './send-rows.js';
import { send } from './statement.js';

interface MovedRow {
  /** Where the rows are now, in the order in which they were given; null where none was. */
  places: string | null;
}

/** Sends what a batch leaves of its pockets, and learns where their rows come to be. */
export function sendPockets(connection: pg.Client, { newPockets, changedPockets }: Netted): Promise<unknown>[] {
  const move = {};
  const sent = sendRows(connection, sql.INSERT_POCKETS, [...newPockets.values()], newColumns, false);
  for (const { account, row } of newPockets.values())
    account.pocketRows.set(row.id, { place: undefined, movedBy: move });
  const placed: PlacedPocket[] = [];
  const sought: PlacedPocket[] = [];
  for (const pocket of changedPockets.values())
    (!pocket.whole && placeOf(pocket) !== undefined ? placed : sought).push(pocket);
  if (placed.length > 0) sent.push(sendPlaced(connection, placed, move));
  if (sought.length > 0) sent.push(sendSought(connection, sought, move));
  return sent;
}

/** Most batches change only how much is in pockets whose rows they need not look for. */
function sendPlaced(connection: pg.Client, pockets: readonly PlacedPocket[], move: object): Promise<void> {
  const sent = send<MovedRow>(connection, sql.UPDATE_PLACED_POCKETS, [
    plainArray([...new Set(pockets.map(({ bucket }) => bucket))]),
    `{"${pockets.map(placeOf).join('","')}"}`,
    plainArray(pockets.map(({ row }) => row.id)),
    plainArray(pockets.map(({ row }) => row.balance)),
    plainArray(pockets.map(({ row }) => row.held)),
  ]);
  return follow(sent, pockets, move);
}

function sendSought(connection: pg.Client, pockets: readonly PlacedPocket[], move: object): Promise<void> {
  const buckets = plainArray(pockets.map(({ bucket }) => bucket));
  const sent = send<MovedRow>(connection, sql.UPDATE_POCKETS, [
    buckets,
    buckets,
    plainArray(pockets.map(({ accountId }) => accountId)),
    plainArray(pockets.map(({ row }) => row.id)),
    plainArray(pockets.map(({ row }) => row.balance)),
    plainArray(pockets.map(({ row }) => row.held)),
    plainArray(pockets.map(({ row }) => row.creditLimit)),
    plainArray(pockets.map(({ row }) => String(row.closed))),
  ]);
  return follow(sent, pockets, move);
}

/** Forgets where the rows were, and learns where they are once the database has told, unless they are moved again. */
async function follow(
  sent: Promise<{ rows: readonly MovedRow[] }>,
  pockets: readonly PlacedPocket[],
  move: object,
): Promise<void> {
  const moved = pockets.map(({ account, row }) => account.pocketRows.get(row.id));
  for (const row of moved) {
    if (!row) continue;
    row.place = undefined;
    row.movedBy = move;
  }
  const places = (await sent).rows[0]?.places?.split(';') ?? [];
  for (const [index, row] of moved.entries()) if (row?.movedBy === move) row.place = places[index];
}

function placeOf({ account, row }: PlacedPocket): string | undefined {
  return account.pocketRows.get(row.id)?.place;
}

function newColumns(pockets: readonly PlacedPocket[]): string[] {
  return [
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
  ];
}
