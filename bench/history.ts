import { performance } from 'node:perf_hooks';
import type pg from 'pg';
import { ensurePartitions } from '#tollgate/db/partitions.js';
import { connect } from './connect.js';
import { makeTemplates, type Templates } from './floor/templates.js';
import type { BenchAccount } from './workload.js';

/** This month's partition has the youngest of the rows, those of the months before the rest. */
const MONTHS_BEFORE = 3;
const CHUNK_PAIRS = 100_000;

/** Rows of pairs at the templates' bodies, one after another from `first_ms` on, every `step_ms`. */
const PAIRS = `
  WITH pair AS (
    SELECT i, b.bucket, b.position + 2 * (i / $3) + 1 AS position, t.*, m.account_id, m.pocket_id,
           to_timestamp(($4::double precision + i * $5::double precision) / 1000) AS at,
           (lpad(to_hex(($4::double precision + i * $5::double precision)::bigint), 12, '0')
             || '7' || left(md5(i::text), 3) || 'a' || substr(md5(i::text), 4, 15))::uuid AS id
    FROM generate_series($1::bigint, $2::bigint - 1) AS i
    JOIN bench_bucket b ON b.place = i % $3
    JOIN bench_member m ON m.bucket = b.bucket AND m.place = (i / $3) % b.members
    JOIN bench_template t ON t.place = i % (SELECT count(*) FROM bench_template)
    OFFSET 0)`;

const INSERT = `${PAIRS},
  journaled AS (
    INSERT INTO journal (bucket, position, account_id, command_id, slot, type, now, body)
    SELECT bucket, position + line, account_id, id, CASE line WHEN 0 THEN 'cmd' ELSE 'end' END,
           CASE line WHEN 0 THEN 'Reserve' ELSE 'Settle' END, at, CASE line WHEN 0 THEN reserve_body ELSE settle_body END
    FROM pair CROSS JOIN generate_series(0, 1) AS line)
  INSERT INTO transfer (bucket, position, line, account_id, command_id, kind, debit, credit, asset, amount)
  SELECT bucket, position + 1, 1, account_id, id, kind, pocket_id, credit, asset, amount FROM pair`;

/**
 * Fills journal and transfer with the past: pairs whose bodies the engine wrote, spread evenly over the accounts and
 * over the time from three months ago until now. The buckets' logs go on without gaps. The pockets are as if all of it
 * had been paid for by earlier funds. It is made where it goes, since a COPY would only carry it there.
 *
 * @param rows of the journal; half as many transfers come with them.
 * @returns how many rows of the journal there are of it.
 */
export async function writeHistory(
  url: string,
  accounts: readonly BenchAccount[],
  rows: number,
  note: (text: string) => void,
): Promise<number> {
  const client = await connect(url);
  try {
    const templates = await makeTemplates(url, accounts.slice(0, 1), client);
    const today = new Date();
    const firstMs = Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - MONTHS_BEFORE);
    await ensurePartitions(client, firstMs, MONTHS_BEFORE + 1);
    const buckets = await prepare(client, templates);
    const pairs = Math.ceil(rows / 2 / buckets) * buckets;
    const stepMs = (Date.now() - firstMs) / pairs;
    let notedAt = performance.now();
    for (let from = 0; from < pairs; from += CHUNK_PAIRS) {
      await client.query(INSERT, [from, Math.min(pairs, from + CHUNK_PAIRS), buckets, firstMs, stepMs]);
      if (performance.now() < notedAt + 10_000) continue;
      notedAt = performance.now();
      note(`${2 * from} of ${2 * pairs} rows of history`);
    }
    await client.query('UPDATE bucket b SET position = b.position + $1 FROM bench_bucket n WHERE n.bucket = b.bucket', [
      (2 * pairs) / buckets,
    ]);
    await client.query('DROP TABLE bench_template, bench_member, bench_bucket');
    await client.query('ANALYZE journal, transfer, bucket');
    const { rows: sizes } = await client.query<{ size: string }>(
      'SELECT pg_size_pretty(pg_database_size(current_database())) AS size',
    );
    note(`with its history the database takes ${sizes[0]?.size}`);
    return 2 * pairs;
  } finally {
    await client.end();
  }
}

/** Puts what rows are made of into tables. @returns the number of buckets that have accounts. */
async function prepare(client: pg.Client, { reserveBodies, settleBodies, transfers }: Templates): Promise<number> {
  await client.query(`
    CREATE TABLE bench_member AS
      SELECT bucket, account_id, id AS pocket_id, row_number() OVER (PARTITION BY bucket ORDER BY id) - 1 AS place FROM pocket;
    CREATE UNIQUE INDEX ON bench_member (bucket, place);
    CREATE TABLE bench_bucket AS
      SELECT b.bucket, b.position, m.members, row_number() OVER (ORDER BY b.bucket) - 1 AS place
      FROM bucket b JOIN (SELECT bucket, count(*) AS members FROM bench_member GROUP BY bucket) m ON m.bucket = b.bucket;
    CREATE TABLE bench_template
      (place bigint PRIMARY KEY, reserve_body json, settle_body json, kind text, credit uuid, asset text, amount numeric);
    ANALYZE bench_member, bench_bucket`);
  await client.query(
    `INSERT INTO bench_template
     SELECT row_number() OVER () - 1, n.* FROM unnest($1::json[], $2::json[], $3::text[], $4::uuid[], $5::text[], $6::numeric[])
       AS n(reserve_body, settle_body, kind, credit, asset, amount)`,
    [
      reserveBodies,
      settleBodies,
      transfers.map(({ kind }) => kind),
      transfers.map(({ credit }) => credit),
      transfers.map(({ asset }) => asset),
      transfers.map(({ amount }) => amount),
    ],
  );
  await client.query('ANALYZE bench_template');
  const { rows } = await client.query<{ count: string }>('SELECT count(*) FROM bench_bucket');
  return Number(rows[0]?.count);
}
