import type pg from 'pg';
import { firstIdAt, timeOfId } from '../core/ledger/ids.js';

const PARTITIONED = ['journal', 'transfer'] as const;
const MONTHS_BEHIND = 1;
const MONTHS_AHEAD = 7;
/** A partition is attached under a lock that waits for running transactions: rather fail and come again than queue for long. */
const LOCK_TIMEOUT = '3s';

type Queryable = Pick<pg.Pool | pg.ClientBase, 'query'>;

/** Which ids have a partition to go into, by the time in their first 48 bits. */
export interface PartitionRange {
  /** The first millisecond of the oldest partition. */
  readonly oldestIdMs: number;
  /** The first millisecond after the newest partition. */
  readonly newestIdMs: number;
}

interface Month {
  readonly suffix: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Makes the monthly partitions of journal and transfer that are missing, from the month of `fromMs` on. May be run
 * again and beside a running service: writers are not blocked while a partition is attached. Needs the owner's login.
 *
 * @returns the names of the partitions that were made.
 */
export async function ensurePartitions(client: Queryable, fromMs: number, months: number): Promise<string[]> {
  const made: string[] = [];
  for (const table of PARTITIONED) {
    for (const { suffix, from, to } of monthsFrom(fromMs, months)) {
      const name = `${table}_${suffix}`;
      if (await isAttached(client, table, name)) continue;
      // Several statements in one message are one transaction.
      await client.query(`
        SET LOCAL lock_timeout = '${LOCK_TIMEOUT}';
        CREATE TABLE ${name} (LIKE ${table} INCLUDING ALL);
        ALTER TABLE ${table} ATTACH PARTITION ${name} FOR VALUES FROM ('${from}') TO ('${to}');
      `);
      made.push(name);
    }
  }
  return made;
}

/** The months that a running ledger needs: the one before the database's present, this one, and seven ahead. */
export async function ensureCurrentPartitions(client: Queryable): Promise<string[]> {
  const { rows } = await client.query<{ month: Date }>(`SELECT date_trunc('month', now(), 'UTC') AS month`);
  const month = rows[0]?.month ?? new Date(0);
  const first = Date.UTC(month.getUTCFullYear(), month.getUTCMonth() - MONTHS_BEHIND);
  return ensurePartitions(client, first, MONTHS_BEHIND + 1 + MONTHS_AHEAD);
}

/** Reads from the catalogue which ids the journal has partitions for. Without any, no id is within the range. */
export async function partitionRange(client: Queryable): Promise<PartitionRange> {
  const { rows } = await client.query<{ bound: string }>(
    `SELECT pg_get_expr(c.relpartbound, c.oid) AS bound
       FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = 'journal'::regclass AND NOT i.inhdetachpending`,
  );
  const bounds = rows.map(({ bound }) => bound.match(/FROM \('([0-9a-f-]{36})'\) TO \('([0-9a-f-]{36})'\)/) ?? []);
  const times = bounds.flatMap(([, from, to]) => (from && to ? [[timeOfId(from), timeOfId(to)] as const] : []));
  if (times.length === 0) return { oldestIdMs: 0, newestIdMs: 0 };
  return {
    oldestIdMs: Math.min(...times.map(([from]) => from)),
    newestIdMs: Math.max(...times.map(([, to]) => to)),
  };
}

function monthsFrom(fromMs: number, count: number): Month[] {
  const start = new Date(fromMs);
  return Array.from({ length: count }, (_, index) => {
    const month = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + index));
    return {
      suffix: month.toISOString().slice(0, 7).replace('-', '_'),
      from: firstIdAt(month.getTime()),
      to: firstIdAt(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1)),
    };
  });
}

async function isAttached(client: Queryable, table: string, partition: string): Promise<boolean> {
  const { rowCount } = await client.query(
    'SELECT 1 FROM pg_inherits WHERE inhparent = $1::regclass AND inhrelid = to_regclass($2)',
    [table, partition],
  );
  return rowCount === 1;
}
