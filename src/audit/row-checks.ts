import type pg from 'pg';
import type { Rule } from './events.js';
import type { Findings } from './findings.js';

/** A rule that SQL alone can tell: it selects offending rows. Its columns say where, but for `message`. */
interface RowCheck {
  readonly rule: Rule;
  readonly sql: string;
}

/** One bucket at a time: `$1` is the bucket, `$2` how many rows to answer. */
const OF_A_BUCKET: readonly RowCheck[] = [
  {
    rule: 'journal-unique',
    sql: `SELECT account_id AS account, command_id AS command, slot, 'it is recorded ' || count(*) || ' times' AS message
          FROM journal WHERE bucket = $1 GROUP BY account_id, command_id, slot HAVING count(*) > 1 ORDER BY 1, 2 LIMIT $2`,
  },
  {
    rule: 'order-of-ends',
    sql: `SELECT e.position, account_id AS account, command_id AS command,
                 coalesce('it ends what began later, at ' || s.position, 'it ends what was never reserved') AS message
          FROM (SELECT * FROM journal WHERE slot = 'end') e
          LEFT JOIN (SELECT * FROM journal WHERE slot = 'cmd' AND type = 'Reserve') s USING (bucket, account_id, command_id)
          WHERE bucket = $1 AND (s.position IS NULL OR s.position > e.position) ORDER BY 1 LIMIT $2`,
  },
  {
    rule: 'reservation-open',
    sql: `SELECT account_id AS account, id AS reservation,
                 CASE WHEN ended THEN 'it is open though it has ended' ELSE 'it was never made' END AS message
          FROM (SELECT r.account_id, r.id,
                       EXISTS (SELECT FROM journal j WHERE j.bucket = $1 AND j.account_id = r.account_id
                                                       AND j.command_id = r.id AND j.slot = 'end') AS ended,
                       EXISTS (SELECT FROM journal j WHERE j.bucket = $1 AND j.account_id = r.account_id
                                                       AND j.command_id = r.id AND j.type = 'Reserve') AS made
                FROM reservation r WHERE r.bucket = $1) r
          WHERE ended OR NOT made ORDER BY 1, 2 LIMIT $2`,
  },
  {
    rule: 'key-directory',
    sql: `SELECT k.account_id AS account, k.id AS key, 'the directory says it belongs to account ' || d.account_id AS message
          FROM key k JOIN key_directory d ON d.key_id = k.id
          WHERE k.bucket = $1 AND d.account_id <> k.account_id ORDER BY 1, 2 LIMIT $2`,
  },
  {
    rule: 'reference-claims',
    sql: `SELECT f.account_id AS account, f.reference, 'it was claimed by account ' || c.account_id AS message
          FROM fund_reference f JOIN reference_claim c USING (reference)
          WHERE f.bucket = $1 AND c.account_id <> f.account_id ORDER BY 1, 2 LIMIT $2`,
  },
  {
    rule: 'usage-cursor',
    sql: `SELECT c.bucket, c.position, 'the log ends at ' || b.position AS message
          FROM follower_cursor c JOIN bucket b USING (bucket)
          WHERE c.bucket = $1 AND c.follower = 'usage' AND c.position > b.position LIMIT $2`,
  },
];

/** Once for the whole ledger: `$1` is how many rows to answer. */
const OF_ALL: readonly RowCheck[] = [
  {
    rule: 'buckets',
    sql: `SELECT bucket, 'expected bucket ' || n AS message
          FROM (SELECT bucket, row_number() OVER (ORDER BY bucket) - 1 AS n FROM bucket) b WHERE bucket <> n ORDER BY 1 LIMIT $1`,
  },
  ...[
    'journal',
    'transfer',
    'account',
    'pocket',
    'key',
    'reservation',
    'charge',
    'fund_reference',
    'usage_record',
    'usage_rollup',
    'usage_meter',
  ].map(
    (table): RowCheck => ({
      rule: 'buckets',
      sql: `SELECT '${table}' AS table, bucket, count(*) || ' rows are in a bucket that does not exist' AS message
            FROM ${table} t WHERE NOT EXISTS (SELECT FROM bucket b WHERE b.bucket = t.bucket) GROUP BY bucket ORDER BY 2 LIMIT $1`,
    }),
  ),
];

export async function checkRowsOfBucket(
  client: pg.ClientBase,
  bucket: number,
  limit: number,
  findings: Findings,
): Promise<void> {
  for (const { rule, sql } of OF_A_BUCKET)
    report(rule, (await client.query(sql, [bucket, limit])).rows, findings, { bucket });
}

export async function checkRowsOfAll(client: pg.ClientBase, limit: number, findings: Findings): Promise<void> {
  for (const { rule, sql } of OF_ALL) report(rule, (await client.query(sql, [limit])).rows, findings, {});
}

function report(
  rule: Rule,
  rows: readonly Record<string, unknown>[],
  findings: Findings,
  place: Record<string, number>,
): void {
  for (const { message, ...at } of rows) {
    const texts = Object.fromEntries(Object.entries(at).map(([name, value]) => [name, String(value)]));
    findings.add(rule, String(message), { ...place, ...texts });
  }
}
