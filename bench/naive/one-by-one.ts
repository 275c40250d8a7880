import pg from 'pg';
import { AccountBooks } from '#tollgate/core/ledger/books.js';
import { carryOutRecorded, type JournalRow } from '#tollgate/core/ledger/carry-out.js';
import type { Command, Reserve, Settle } from '#tollgate/core/ledger/commands.js';
import type { Context, PriceContext } from '#tollgate/core/ledger/context.js';
import { bucketOf } from '#tollgate/core/ledger/ids.js';
import { packBody } from '#tollgate/core/ledger/journal-body.js';
import { type Outcome, refuse } from '#tollgate/core/ledger/outcome.js';
import { sumShares } from '#tollgate/core/ledger/pockets.js';
import { withSession } from '#tollgate/db/database-url.js';
import * as row from '#tollgate/ledger/rows.js';
import { all, type Statement, send } from '#tollgate/ledger/statement.js';
import * as sql from './one-by-one.statements.js';

type Answered = row.AccountRow & row.PocketRow;
type ReserveRow = Answered & { [K in keyof row.KeyRow as `key_${K}`]: row.KeyRow[K] };
type SettleRow = row.PocketRow &
  Pick<row.ReservationRow, 'made' | 'made_at'> & {
    [K in keyof row.ReservationRow as `reservation_${K}`]: row.ReservationRow[K];
  };

/**
 * The obvious way, done with care: a transaction for each operation over a pool. It locks the pocket and reads what is
 * decided on by one statement, and writes each row by one of its own, all of them prepared. It decides with the same
 * core, so it writes the same rows with the same content; only the place in a bucket's log is a mere count, since
 * nothing orders it. The same id twice fails on the journal's unique index, so it looks nothing up beforehand.
 *
 * With `fewRoundTrips` it writes all rows by one statement, and sends BEGIN and COMMIT along with others.
 */
export class OneByOne {
  private readonly pool: pg.Pool;
  private position = 1_000_000_000;

  constructor(
    url: string,
    connections: number,
    private readonly buckets: number,
    private readonly prices: PriceContext,
    private readonly fewRoundTrips: boolean,
  ) {
    const settings = {
      role: 'tollgate_service',
      plan_cache_mode: 'force_generic_plan',
      enable_seqscan: 'off',
      jit: 'off',
    };
    const connectionString = withSession(url, { applicationName: 'bench-one-by-one', settings });
    // Idle connections are kept: between two rounds it rests for longer than the pool's default.
    const options = { connectionString, max: connections, pipeline: fewRoundTrips, idleTimeoutMillis: 0 };
    this.pool = new pg.Pool(options as pg.PoolConfig);
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  readonly submit = async (command: Command): Promise<Outcome> => {
    if (command.type !== 'Reserve' && command.type !== 'Settle')
      return refuse('VALIDATION', 'expected Reserve or Settle');
    const bucket = bucketOf(command.accountId, this.buckets);
    const client = await this.pool.connect();
    try {
      const books =
        command.type === 'Reserve'
          ? await lockForReserve(client, bucket, command)
          : await lockForSettle(client, bucket, command);
      const context: Context = {
        now: Date.now(),
        oldestIdMs: 0,
        newestIdMs: Number.MAX_SAFE_INTEGER,
        prices: this.prices,
      };
      const carried = carryOutRecorded(command, books, context, 'system');
      if (!carried.ok) {
        await client.query('ROLLBACK');
        return carried;
      }
      this.position += 1;
      const write = this.fewRoundTrips ? writeAtOnce : writeRowByRow;
      await write(client, bucket, this.position, carried.row);
      return { ok: true, value: carried.row.value, replayed: false };
    } finally {
      client.release();
    }
  };
}

async function lock<R extends pg.QueryResultRow>(
  client: pg.PoolClient,
  statement: Statement,
  values: (string | number)[],
): Promise<R> {
  const [, { rows }] = await all([client.query('BEGIN'), send<R>(client, statement, values)] as const);
  const [found] = rows;
  if (!found) throw new Error(`${statement.name} found nothing`);
  return found;
}

async function lockForReserve(
  client: pg.PoolClient,
  bucket: number,
  { accountId, keyId }: Reserve,
): Promise<AccountBooks> {
  const found = await lock<ReserveRow>(client, sql.LOCK_FOR_RESERVE, [bucket, accountId, keyId]);
  const books = new AccountBooks(accountId);
  books.account = row.readAccount({ ...found, id: accountId });
  books.pockets.set(found.id, row.readPocket(found));
  const key = row.readKey({
    account_id: accountId,
    id: keyId,
    label: found.key_label,
    scope: found.key_scope,
    tier: found.key_tier,
    models: found.key_models,
    expires_at: found.key_expires_at,
    revoked_at: found.key_revoked_at,
    minted_at: found.key_minted_at,
  });
  books.keys.set(key.id, key);
  return books;
}

async function lockForSettle(
  client: pg.PoolClient,
  bucket: number,
  { accountId, reservationId }: Settle,
): Promise<AccountBooks> {
  const found = await lock<SettleRow>(client, sql.LOCK_FOR_SETTLE, [bucket, accountId, reservationId]);
  const books = new AccountBooks(accountId);
  books.pockets.set(found.id, row.readPocket(found));
  const reservation = row.readReservation({
    account_id: accountId,
    id: reservationId,
    status: found.reservation_status,
    expires_at: found.reservation_expires_at,
    asset: found.reservation_asset,
    charged: found.reservation_charged,
    body: found.reservation_body,
    made: found.made ?? null,
    made_at: found.made_at ?? null,
  });
  books.reservations.set(reservation.id, reservation);
  return books;
}

async function writeRowByRow(
  client: pg.PoolClient,
  bucket: number,
  position: number,
  journal: JournalRow,
): Promise<void> {
  const { command, changes, slot, now } = journal;
  const { accountId, id } = command;
  const { reservation, transfers, ended } = changes;
  for (const { id: pocketId, balance, held } of changes.pockets ?? [])
    await send(client, sql.UPDATE_POCKET, [bucket, accountId, pocketId, String(balance), String(held)]);
  const row = [bucket, position, accountId, id, slot, command.type, now, packBody(journal)];
  await send(client, sql.INSERT_JOURNAL, row);
  if (reservation) {
    const { status, expiresAt, asset, holds } = reservation;
    const hold = String(sumShares(holds));
    await send(client, sql.INSERT_RESERVATION, [bucket, accountId, id, status, expiresAt, asset, hold]);
  }
  if (ended !== undefined) await send(client, sql.DELETE_RESERVATION, [bucket, accountId, ended]);
  for (const { kind, debit, credit, asset, amount } of transfers) {
    const values = [bucket, position, accountId, id, kind, debit, credit, asset, String(amount)];
    await send(client, sql.INSERT_TRANSFER, values);
  }
  const { command: answer } = await client.query('COMMIT');
  if (answer !== 'COMMIT') throw new Error('the transaction was rolled back at its commit');
}

async function writeAtOnce(
  client: pg.PoolClient,
  bucket: number,
  position: number,
  journal: JournalRow,
): Promise<void> {
  const { command, changes, slot, now } = journal;
  const pocket = changes.pockets?.[0];
  if (!pocket) throw new Error('a pair changes a pocket');
  const common = [
    bucket,
    command.accountId,
    pocket.id,
    String(pocket.balance),
    String(pocket.held),
    position,
    command.id,
    slot,
    command.type,
    now,
    packBody(journal),
  ];
  const { reservation, transfers } = changes;
  const [transfer] = transfers;
  if (reservation) {
    const { expiresAt, asset, holds, status } = reservation;
    const values = [...common, status, expiresAt, asset, String(sumShares(holds))];
    await commit(client, sql.WRITE_RESERVE, values);
  } else if (transfer) {
    const { kind, debit, credit, asset, amount } = transfer;
    await commit(client, sql.WRITE_SETTLE, [...common, kind, debit, credit, asset, String(amount)]);
  }
}

async function commit(
  client: pg.PoolClient,
  statement: Statement,
  values: readonly (string | number)[],
): Promise<void> {
  const [, answer] = await all([send(client, statement, values), client.query('COMMIT')] as const);
  if (answer.command !== 'COMMIT') throw new Error('the transaction was rolled back at its commit');
}
