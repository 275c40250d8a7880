import type pg from 'pg';
import { PLATFORM } from '../core/ledger/transfer.js';

type Queryable = Pick<pg.Pool | pg.ClientBase, 'query'>;

const PLATFORM_IDS = Object.values(PLATFORM);

/** How far a bucket's log goes just now, and when that is; undefined where it has no such account. */
export async function selectEnd(
  client: Queryable,
  bucket: number,
  accountId: string,
): Promise<{ position: number; now: number } | undefined> {
  const { rows } = await client.query<{ position: string; now: string }>(
    `SELECT b.position, (extract(epoch FROM greatest(b.now, clock_timestamp())) * 1000)::bigint AS now
     FROM account a JOIN bucket b USING (bucket) WHERE a.bucket = $1 AND a.id = $2`,
    [bucket, accountId],
  );
  return rows[0] && { position: Number(rows[0].position), now: Number(rows[0].now) };
}

/**
 * The first position of a bucket, up to the end, that was booked at the moment or later; the one after the end where
 * there is none. Moments never go back along a log, so it is found by halving, a look-up a step.
 */
export async function findPosition(client: Queryable, bucket: number, moment: number, end: number): Promise<number> {
  let low = 1;
  let high = end + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const { rows } = await client.query<{ before: boolean }>(
      `SELECT now < to_timestamp($3::double precision / 1000) AS before FROM journal WHERE bucket = $1 AND position = $2`,
      [bucket, middle, moment],
    );
    if (rows[0]?.before) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * An account's money by asset before a position: what its pockets hold now less all that was moved since. One
 * statement, so that both are of one moment.
 */
export async function selectBalances(
  client: Queryable,
  bucket: number,
  accountId: string,
  before: number,
): Promise<{ asset: string; balance: string }[]> {
  const { rows } = await client.query<{ asset: string; balance: string }>(
    `SELECT asset, sum(amount) AS balance FROM (
       SELECT asset, balance AS amount FROM pocket WHERE bucket = $1 AND account_id = $2
       UNION ALL
       SELECT t.asset, CASE WHEN t.debit = any($4::uuid[]) THEN -t.amount ELSE t.amount END
       FROM transfer t
       WHERE t.bucket = $1 AND t.account_id = $2 AND t.position >= $3
         AND (t.debit = any($4::uuid[])) <> (t.credit = any($4::uuid[]))
     ) moved GROUP BY asset ORDER BY asset`,
    [bucket, accountId, before, PLATFORM_IDS],
  );
  return rows;
}

export interface LineRow {
  readonly position: string;
  readonly line: number;
  readonly at: string;
  readonly command_id: string;
  readonly type: string;
  readonly kind: string;
  readonly asset: string;
  /** Signed, from the account's side. */
  readonly amount: string;
  readonly pocket_id: string;
  readonly key_id: string | null;
  readonly model: string | null;
  readonly note: string | null;
}

/**
 * Movements of an account's money after (position, line) and before an end, in their order. `LATERAL ( … OFFSET 0)` has
 * each line look its journal row up: with the statistics of a young table the planner would compare all with all.
 */
export async function selectLines(
  client: Queryable,
  bucket: number,
  accountId: string,
  after: { readonly position: number; readonly line: number },
  end: number,
  asset: string | undefined,
  limit: number,
): Promise<LineRow[]> {
  const { rows } = await client.query<LineRow>(
    `SELECT t.position, t.line, (extract(epoch FROM j.now) * 1000)::bigint AS at, t.command_id, j.type, t.kind, t.asset,
            CASE WHEN t.debit = any($8::uuid[]) THEN t.amount ELSE -t.amount END AS amount,
            CASE WHEN t.debit = any($8::uuid[]) THEN t.credit ELSE t.debit END AS pocket_id,
            j.body -> 'value' ->> 'keyId' AS key_id, j.body -> 'value' ->> 'model' AS model,
            coalesce(j.body -> 'asked' ->> 'reference', j.body -> 'asked' ->> 'reason') AS note
     FROM (
       SELECT * FROM transfer t
       WHERE t.bucket = $1 AND t.account_id = $2 AND t.position >= $3 AND (t.position, t.line) > ($3, $4) AND t.position < $5
         AND (t.debit = any($8::uuid[])) <> (t.credit = any($8::uuid[]))
         AND ($6::text IS NULL OR t.asset = $6)
       ORDER BY t.position, t.line LIMIT $7) AS t
     CROSS JOIN LATERAL (
       SELECT * FROM journal j
       WHERE j.bucket = t.bucket AND j.position = t.position AND j.command_id = t.command_id
       OFFSET 0) AS j
     ORDER BY t.position, t.line`,
    [bucket, accountId, after.position, after.line, end, asset ?? null, limit, PLATFORM_IDS],
  );
  return rows;
}
