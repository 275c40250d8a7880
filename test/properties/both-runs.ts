import { AccountBooks, type Reservation } from '../../src/core/ledger/books.js';
import { carryOut, type JournalRow } from '../../src/core/ledger/carry-out.js';
import type { Command } from '../../src/core/ledger/commands.js';
import type { PriceContext } from '../../src/core/ledger/context.js';
import { packBody } from '../../src/core/ledger/journal-body.js';
import type { Outcome } from '../../src/core/ledger/outcome.js';
import { MADE_BY, MADE_COLUMNS, type ReservationRow, readReservation } from '../../src/ledger/rows.js';
import type { ClockedEngine, EngineFixture } from '../support/engine.js';

/** Commands that are sent at once, and the moment at which they are decided. */
export interface Burst {
  readonly now: number;
  readonly commands: readonly Command[];
}

/** What a run leaves behind, as plain JSON: for each account what is journaled, what was moved, and what it has. */
export interface Books {
  readonly journal: unknown;
  readonly transfers: unknown;
  readonly pockets: unknown;
  readonly reservations: unknown;
  readonly charges: unknown;
}

export interface Run {
  readonly outcomes: readonly Outcome[];
  readonly books: Readonly<Record<string, Books>>;
}

const BY = 'test';

/** The commands one after another through the core alone. */
export function runCore(bursts: readonly Burst[], prices: PriceContext): Run {
  const books = new Map<string, AccountBooks>();
  const rows = new Map<string, JournalRow[]>();
  const outcomes: Outcome[] = [];
  for (const { now, commands } of bursts) {
    for (const command of commands) {
      const { accountId } = command;
      const account = books.get(accountId) ?? new AccountBooks(accountId);
      books.set(accountId, account);
      const context = { now, oldestIdMs: 0, newestIdMs: Number.MAX_SAFE_INTEGER, prices };
      const carried = carryOut(command, account, context, BY);
      outcomes.push(carried.outcome);
      rows.set(accountId, [...(rows.get(accountId) ?? []), ...carried.rows]);
    }
  }
  const told = [...books.values()].map((account) => [
    account.accountId,
    booksOfCore(account, rows.get(account.accountId) ?? []),
  ]);
  return { outcomes, books: Object.fromEntries(told) };
}

/** The same commands through engines on one database, which take turns; those of a burst all at once. */
export async function runEngines(bursts: readonly Burst[], engines: readonly ClockedEngine[]): Promise<Run> {
  const outcomes: Outcome[] = [];
  const accounts = new Set<string>();
  for (const [index, { now, commands }] of bursts.entries()) {
    const { ledger, clock } = engines[index % engines.length] as ClockedEngine;
    await clock.set(now);
    outcomes.push(...(await Promise.all(commands.map((command) => ledger.submit(command, { by: BY })))));
    for (const { accountId } of commands) accounts.add(accountId);
  }
  const [engine] = engines as [ClockedEngine];
  const told = await Promise.all([...accounts].map(async (id) => [id, await booksOfEngine(id, engine)]));
  return { outcomes, books: Object.fromEntries(told) };
}

function booksOfCore(account: AccountBooks, rows: readonly JournalRow[]): Books {
  return plain({
    journal: rows.map((row) => ({
      id: row.command.id,
      slot: row.slot,
      type: row.command.type,
      now: row.now,
      body: JSON.parse(packBody(row)),
    })),
    transfers: rows.flatMap(({ changes }) =>
      changes.transfers.map(({ kind, debit, credit, asset, amount }) => [kind, debit, credit, asset, amount]),
    ),
    pockets: [...account.pockets.values()]
      .map(({ id, kind, balance, held, creditLimit, expiresAt, openedAt, closed }) => ({
        id,
        kind,
        balance,
        held,
        creditLimit,
        expiresAt,
        openedAt,
        closed,
      }))
      .sort(byId),
    reservations: [...account.reservations.values()].map(tellReservation).sort(byId),
    charges: [...account.charges.values()]
      .map(({ id, uncollected, refunded, reversed, collected }) => ({
        id,
        uncollected,
        refunded,
        reversed,
        collected: collected.map((share) => [share.pocketId, share.amount]),
      }))
      .sort(byId),
  });
}

async function booksOfEngine(accountId: string, { owner }: EngineFixture): Promise<Books> {
  const rowsOf = async (sql: string) => (await owner.query(sql, [accountId])).rows.map((row) => row.told);
  return plain({
    journal: await rowsOf(
      `SELECT jsonb_build_object('id', command_id, 'slot', slot, 'type', type, 'now', ${ms('now')}, 'body', body) AS told
       FROM journal WHERE account_id = $1 ORDER BY position`,
    ),
    transfers: await rowsOf(
      `SELECT jsonb_build_array(kind, debit, credit, asset, amount::text) AS told
       FROM transfer WHERE account_id = $1 ORDER BY position, line`,
    ),
    pockets: await rowsOf(
      `SELECT jsonb_build_object('id', id, 'kind', kind, 'balance', balance::text, 'held', held::text, 'creditLimit', credit_limit::text,
                'expiresAt', ${ms('expires_at')}, 'openedAt', ${ms('opened_at')}, 'closed', closed) AS told
       FROM pocket WHERE account_id = $1 ORDER BY id`,
    ),
    reservations: (
      await owner.query<ReservationRow>(
        `SELECT r.account_id, r.id, r.status, r.asset, r.charged, r.body, ${ms('r.expires_at')} AS expires_at, ${MADE_COLUMNS}
         FROM reservation r ${MADE_BY} WHERE r.account_id = $1 ORDER BY r.id`,
        [accountId],
      )
    ).rows.map((row) => tellReservation(readReservation(row))),
    charges: await rowsOf(
      `SELECT jsonb_build_object('id', id, 'uncollected', uncollected::text, 'refunded', refunded::text,
                'reversed', body -> 'reversed', 'collected', body -> 'collected') AS told
       FROM charge WHERE account_id = $1 ORDER BY id`,
    ),
  });
}

function tellReservation({ id, status, expiresAt, charged, ceiling, holds, draws }: Reservation) {
  return {
    id,
    status,
    expiresAt,
    charged,
    ceiling,
    holds: holds.map((share) => [share.pocketId, share.amount]),
    draws: draws.map((share) => [share.pocketId, share.amount]),
  };
}

function ms(column: string): string {
  return `(extract(epoch FROM ${column}) * 1000)::bigint`;
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : 1;
}

function plain(books: Books): Books {
  return JSON.parse(JSON.stringify(books, (_key, value) => (typeof value === 'bigint' ? value.toString() : value)));
}
