import type pg from 'pg';
import type { Lease } from './lease-plan.js';

/** Nobody: what a lease says that was given back, or never taken. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** A bucket with rows that the follower has not read. */
export interface Unread {
  readonly bucket: number;
  /** How far the follower has read. */
  readonly cursor: number;
}

/** Makes the follower's cursor and lease for each bucket, where they are not there yet. */
export async function insertRows(pool: pg.Pool, follower: string): Promise<void> {
  await pool.query(
    'INSERT INTO follower_cursor (follower, bucket, position) SELECT $1, bucket, 0 FROM bucket ORDER BY bucket ON CONFLICT DO NOTHING',
    [follower],
  );
  await pool.query(
    `INSERT INTO follower_lease (follower, bucket, holder, until)
     SELECT $1, bucket, $2, 'epoch' FROM bucket ORDER BY bucket ON CONFLICT DO NOTHING`,
    [follower, NOBODY],
  );
}

export async function selectLeases(pool: pg.Pool, follower: string): Promise<Lease[]> {
  const { rows } = await pool.query<Lease>(
    'SELECT bucket, holder, until > clock_timestamp() AS live FROM follower_lease WHERE follower = $1 ORDER BY bucket',
    [follower],
  );
  return rows;
}

/**
 * Takes or renews leases, each only from the holder it was seen with, so that of two that take the same one, one gets
 * it. One statement that commits by itself: a process that is paused in the middle of its look holds no lock.
 */
export async function updateLeases(
  pool: pg.Pool,
  follower: string,
  holder: string,
  leases: readonly Lease[],
  leaseMs: number,
): Promise<number[]> {
  const { rows } = await pool.query<{ bucket: number }>(
    `UPDATE follower_lease l SET holder = $2, until = clock_timestamp() + $5 * interval '1 millisecond'
     FROM unnest($3::int[], $4::uuid[]) AS seen(bucket, holder)
     WHERE l.follower = $1 AND l.bucket = seen.bucket AND l.holder = seen.holder
     RETURNING l.bucket`,
    [follower, holder, leases.map(({ bucket }) => bucket), leases.map((lease) => lease.holder), leaseMs],
  );
  return rows.map(({ bucket }) => bucket);
}

/** Gives back these leases, or all of the holder's. */
export async function releaseLeases(
  pool: pg.Pool,
  follower: string,
  holder: string,
  buckets?: readonly number[],
): Promise<void> {
  await pool.query(
    `UPDATE follower_lease SET holder = $4, until = 'epoch'
     WHERE follower = $1 AND holder = $2 AND ($3::int[] IS NULL OR bucket = any($3))`,
    [follower, holder, buckets ?? null, NOBODY],
  );
}

/** Which of these buckets have rows that the follower has not read. */
export async function selectUnread(pool: pg.Pool, follower: string, buckets: readonly number[]): Promise<Unread[]> {
  const { rows } = await pool.query<{ bucket: number; cursor: string }>(
    `SELECT b.bucket, c.position AS cursor
     FROM bucket b JOIN follower_cursor c ON c.follower = $1 AND c.bucket = b.bucket
     WHERE b.bucket = any($2::int[]) AND b.position > c.position
     ORDER BY b.bucket`,
    [follower, buckets],
  );
  return rows.map(({ bucket, cursor }) => ({ bucket, cursor: Number(cursor) }));
}

/**
 * Moves the cursor from where it is expected to be, and keeps it locked until the transaction ends. False where it is
 * somewhere else by now: another process has done the work.
 */
export async function moveCursor(
  client: pg.ClientBase,
  follower: string,
  bucket: number,
  from: number,
  to: number,
): Promise<boolean> {
  const { rowCount } = await client.query(
    'UPDATE follower_cursor SET position = $4 WHERE follower = $1 AND bucket = $2 AND position = $3',
    [follower, bucket, from, to],
  );
  return rowCount === 1;
}

/** A process that is paused in the middle of its work must not keep the next one waiting for longer than this. */
export async function limitWaiting(client: pg.ClientBase, lockMs: number, idleMs: number): Promise<void> {
  await client.query(
    `SELECT set_config('lock_timeout', $1, true), set_config('idle_in_transaction_session_timeout', $2, true)`,
    [`${lockMs}ms`, `${idleMs}ms`],
  );
}
