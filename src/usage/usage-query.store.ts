import type pg from 'pg';
import { JOURNAL_COLUMNS, type JournalEntry, type JournalRow, readEntry } from '../journal/journal-entry.js';
import type { CheckedQuery, TimeGrouping } from './usage-query.js';
import { USAGE_TYPES } from './usage-record.js';

/* What a query reads, all of it in one snapshot. */

/** So many positions of a log are looked at together. */
const TAIL_PAGE = 5_000;

/** The account's own time zone; undefined where there is no such account. */
export async function selectTimeZone(
  client: pg.ClientBase,
  bucket: number,
  accountId: string,
): Promise<string | undefined> {
  const { rows } = await client.query<{ zone: string }>(
    `SELECT settings ->> 'timeZone' AS zone FROM account WHERE bucket = $1 AND id = $2`,
    [bucket, accountId],
  );
  return rows[0]?.zone;
}

/** How far the follower has read the bucket. */
export async function selectCursor(client: pg.ClientBase, follower: string, bucket: number): Promise<number> {
  const { rows } = await client.query<{ position: string }>(
    'SELECT position FROM follower_cursor WHERE follower = $1 AND bucket = $2',
    [follower, bucket],
  );
  return Number(rows[0]?.position ?? 0);
}

export interface GroupColumns {
  readonly key_id: string | null;
  readonly model: string | null;
  /** Milliseconds since 1970. */
  readonly at: string | null;
  readonly asset: string;
}

export interface RollupRow extends GroupColumns {
  readonly requests: string;
  readonly billed: string;
  readonly refunded: string;
  readonly shortfall: string;
  readonly cost: string;
  readonly late: string;
  readonly estimated: string;
  readonly unpriced: string;
}

export interface MeterRow extends GroupColumns {
  readonly meter: string;
  readonly quantity: string;
}

/** Columns that are not grouped by are null, so that one statement serves every grouping. */
const GROUPS = `
  CASE WHEN $7 THEN key_id END AS key_id,
  CASE WHEN $8 THEN model END AS model,
  (extract(epoch FROM CASE WHEN $9::text IS NOT NULL THEN date_trunc($9, quarter, $10) END) * 1000)::bigint AS at,
  asset`;

const WANTED = `
  bucket = $1 AND account_id = $2 AND quarter >= to_timestamp($3::double precision / 1000)
  AND ($4::double precision IS NULL OR quarter < to_timestamp($4::double precision / 1000))
  AND ($5::uuid IS NULL OR key_id = $5) AND ($6::text IS NULL OR model = $6)`;

export async function selectRollups(
  client: pg.ClientBase,
  bucket: number,
  query: CheckedQuery,
  zone: string,
): Promise<RollupRow[]> {
  const { rows } = await client.query<RollupRow>(
    `SELECT ${GROUPS}, sum(requests) AS requests, sum(billed) AS billed, sum(refunded) AS refunded, sum(shortfall) AS shortfall,
            sum(cost) AS cost, sum(late) AS late, sum(estimated) AS estimated, sum(unpriced) AS unpriced
     FROM usage_rollup WHERE ${WANTED} GROUP BY 1, 2, 3, 4`,
    valuesOf(bucket, query, zone),
  );
  return rows;
}

export async function selectMeters(
  client: pg.ClientBase,
  bucket: number,
  query: CheckedQuery,
  zone: string,
): Promise<MeterRow[]> {
  const { rows } = await client.query<MeterRow>(
    `SELECT ${GROUPS}, meter, sum(quantity) AS quantity FROM usage_meter WHERE ${WANTED} GROUP BY 1, 2, 3, 4, meter`,
    valuesOf(bucket, query, zone),
  );
  return rows;
}

function valuesOf(bucket: number, query: CheckedQuery, zone: string): unknown[] {
  const { accountId, from, to, keyId, model, byKey, byModel, byTime } = query;
  return [bucket, accountId, from, to ?? null, keyId ?? null, model ?? null, byKey, byModel, byTime ?? null, zone];
}

/**
 * An account's rows of the journal after a position that may say something of usage, a page of the log at a time. The
 * page is read as a whole and then filtered: from the account's side the planner might walk all of its history.
 */
export async function* readTail(
  client: pg.ClientBase,
  bucket: number,
  accountId: string,
  after: number,
): AsyncGenerator<JournalEntry[]> {
  const { rows: ends } = await client.query<{ position: string }>('SELECT position FROM bucket WHERE bucket = $1', [
    bucket,
  ]);
  const end = Number(ends[0]?.position ?? 0);
  for (let position = after; position < end; position += TAIL_PAGE) {
    const { rows } = await client.query<JournalRow>(
      `WITH page AS MATERIALIZED (SELECT * FROM journal WHERE bucket = $1 AND position > $2 AND position <= $3)
       SELECT ${JOURNAL_COLUMNS} FROM page WHERE account_id = $4 AND type = any($5) ORDER BY position`,
      [bucket, position, position + TAIL_PAGE, accountId, USAGE_TYPES],
    );
    if (rows.length > 0) yield rows.map(readEntry);
  }
}

/** The beginnings of the hours, days or months that these quarters are in, by the database's own calendar. */
export async function truncate(
  client: pg.ClientBase,
  quarters: readonly number[],
  unit: TimeGrouping,
  zone: string,
): Promise<Map<number, number>> {
  const { rows } = await client.query<{ quarter: string; at: string }>(
    `SELECT q AS quarter, (extract(epoch FROM date_trunc($2, to_timestamp(q::double precision / 1000), $3)) * 1000)::bigint AS at
     FROM unnest($1::bigint[]) AS q`,
    [quarters, unit, zone],
  );
  return new Map(rows.map(({ quarter, at }) => [Number(quarter), Number(at)]));
}

export async function selectLabels(
  client: pg.ClientBase,
  bucket: number,
  accountId: string,
  keyIds: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await client.query<{ id: string; label: string }>(
    'SELECT id, label FROM key WHERE bucket = $1 AND account_id = $2 AND id = any($3::uuid[])',
    [bucket, accountId, keyIds],
  );
  return new Map(rows.map(({ id, label }) => [id, label]));
}
