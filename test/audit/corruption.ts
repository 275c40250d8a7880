import type pg from 'pg';
import type { Rule } from '../../src/audit/events.js';
import type { Victim } from './golden-books.js';

/** One way to break the books, what must be found, and where. */
export interface Corruption {
  readonly name: string;
  readonly break: (owner: pg.Client, victim: Victim) => Promise<unknown>;
  /** All rules that are then broken, and no other. */
  readonly rules: readonly Rule[];
  /** What at least one finding names. */
  readonly names: (victim: Victim) => Readonly<Record<string, string>>;
}

export const ofAccount = ({ accountId }: Victim) => ({ account: accountId });
export const ofBucket = ({ bucket }: Victim) => ({ bucket: String(bucket) });
export const ofSettled = ({ accountId, settled }: Victim) => ({ account: accountId, command: settled });
export const ofReleased = ({ accountId, released }: Victim) => ({ account: accountId, command: released });

/** A pocket of the victim's with free money: its paid one. */
export const PAID = `account_id = $1 AND kind = 'paid'`;
/** The first transfer of the victim's settle. */
export const SETTLE_TRANSFER = `account_id = $1 AND command_id = $2 AND kind = 'settle' AND line = 1`;
export const RESERVE_ROW = `account_id = $1 AND command_id = $2 AND slot = 'cmd'`;
export const SETTLE_ROW = `account_id = $1 AND command_id = $2 AND slot = 'end'`;
/** Moves the victim's Release of an unknown id to where the ends of reservations are. */
export const RELEASE_AS_END = `UPDATE journal SET slot = 'end' WHERE ${RESERVE_ROW}`;

export const onAccount =
  (sql: string) =>
  (owner: pg.Client, { accountId }: Victim) =>
    owner.query(sql, [accountId]);
export const onSettled =
  (sql: string) =>
  (owner: pg.Client, { accountId, settled }: Victim) =>
    owner.query(sql, [accountId, settled]);
export const onBucket =
  (sql: string) =>
  (owner: pg.Client, { bucket }: Victim) =>
    owner.query(sql, [bucket]);

/** The partitions repeat their parent's constraints; what is dropped of one is dropped of all. */
export async function dropConstraints(owner: pg.Client, table: string): Promise<void> {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT conname AS name FROM pg_constraint WHERE conrelid = $1::regclass AND contype IN ('c', 'u', 'p') AND conname NOT LIKE '%not_null'`,
    [table],
  );
  for (const { name } of rows) await owner.query(`ALTER TABLE ${table} DROP CONSTRAINT "${name}"`);
}

export async function withoutConstraints(
  owner: pg.Client,
  table: string,
  sql: string,
  values: unknown[],
): Promise<void> {
  await dropConstraints(owner, table);
  await owner.query(sql, values);
}

/** Takes a row out of a log and moves all later ones up, as one would who wants to hide it. */
export async function hideRow(owner: pg.Client, { accountId, bucket }: Victim, type: string): Promise<void> {
  const { rows } = await owner.query<{ position: string }>(
    'DELETE FROM journal WHERE account_id = $1 AND type = $2 RETURNING position',
    [accountId, type],
  );
  const values = [bucket, rows[0]?.position];
  await dropConstraints(owner, 'usage_record');
  for (const table of ['journal', 'transfer', 'usage_record']) {
    await owner.query(`UPDATE ${table} SET position = position - 1 WHERE bucket = $1 AND position > $2`, values);
  }
  await owner.query('UPDATE bucket SET position = position - 1 WHERE bucket = $1', [bucket]);
  await owner.query(`UPDATE follower_cursor SET position = position - 1 WHERE bucket = $1`, [bucket]);
}

/** Appends a copy of a row to the victim's log. */
export async function appendCopy(
  owner: pg.Client,
  { bucket }: Victim,
  where: string,
  commandId: string,
  values: unknown[],
): Promise<void> {
  await dropConstraints(owner, 'journal');
  await owner.query(`UPDATE bucket SET position = position + 1 WHERE bucket = ${bucket}`);
  await owner.query(
    `INSERT INTO journal SELECT j.bucket, b.position, account_id, ${commandId}, slot, type, b.now, body
     FROM journal j JOIN bucket b USING (bucket) WHERE ${where}`,
    values,
  );
}
