import { performance } from 'node:perf_hooks';
import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { Database } from '../db/database.js';
import { USAGE_FOLLOWER } from '../usage/usage-follower.js';
import { type BucketRow, BucketWalk, type WalkContext } from './bucket-walk.js';
import type { VerifyEvent, VerifyProgress } from './events.js';
import { Counts, Findings } from './findings.js';
import { PartitionBounds } from './partition-bounds.js';
import { ReplayPrices } from './replay-prices.js';
import { checkRowsOfAll, checkRowsOfBucket } from './row-checks.js';
import { readTrialBalance, type TrialBalance } from './trial-balance.js';
import { checkUsageSums } from './usage-check.js';

/** Of one query so many offending rows are read. */
const ROWS_OF_A_CHECK = 20;

export interface VerifyOptions {
  /** After how many findings to stop; 100 unless said. */
  readonly findingsMax?: number | undefined;
  /** Ends the work between two pages; the generator then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The proof of the books: every rule of `RULES` recomputed from the rows, and the whole journal decided again, all in
 * one snapshot beside the running service. It writes nothing and locks nothing.
 */
@Injectable()
export class Verifier {
  constructor(private readonly database: Database) {}

  /** Progress and findings as they come, and one summary at the end. @throws what the database throws. */
  async *run({ findingsMax = 100, signal }: VerifyOptions = {}): AsyncGenerator<VerifyEvent> {
    const client = await this.database.pool.connect();
    let broken: unknown;
    try {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      yield* verify(client, findingsMax, signal);
    } catch (error) {
      broken = error;
      throw error;
    } finally {
      const ended = await client.query('ROLLBACK').then(
        () => true,
        () => false,
      );
      client.release(broken !== undefined && !ended);
    }
  }

  /** The balance of every ledger account of the operator, and of all customers' pockets together, by asset. */
  trialBalance(): Promise<TrialBalance> {
    return readTrialBalance(this.database.pool);
  }
}

async function* verify(
  client: pg.ClientBase,
  findingsMax: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<VerifyEvent> {
  const began = performance.now();
  const findings = new Findings(findingsMax);
  const counts = new Counts();
  let complete = true;
  for await (const progress of steps(client, findings, counts)) {
    signal?.throwIfAborted();
    yield* findings.take();
    if (findings.full) {
      complete = false;
      break;
    }
    yield progress;
  }
  yield* findings.take();
  yield {
    type: 'summary',
    ok: complete && findings.count === 0,
    findings: findings.count,
    checked: counts.byKind,
    complete,
    elapsedMs: Math.round(performance.now() - began),
  };
}

/** All the work, in steps that are short enough to stop between them. */
async function* steps(client: pg.ClientBase, findings: Findings, counts: Counts): AsyncGenerator<VerifyProgress> {
  const rows = await selectBuckets(client);
  const total = rows.reduce((sum, { position }) => sum + position, 0);
  let done = 0;
  const progress = (step: string): VerifyProgress => ({ type: 'progress', step, done, total });
  yield progress('the whole ledger');
  await checkRowsOfAll(client, ROWS_OF_A_CHECK, findings);
  const trial = await readTrialBalance(client);
  if (!trial.balanced) findings.add('trial-balance', 'debits and credits differ', {});
  counts.add('ledger_accounts', trial.rows.length);

  const prices = new ReplayPrices(client);
  const partitions = await PartitionBounds.read(client);
  const context: WalkContext = { client, buckets: rows.length, prices, partitions, findings, counts };
  for (const row of rows) {
    const step = `bucket ${row.bucket + 1} of ${rows.length}`;
    yield progress(step);
    for await (const walked of new BucketWalk(row, context).run()) {
      done += walked;
      yield progress(step);
    }
    await checkRowsOfBucket(client, row.bucket, ROWS_OF_A_CHECK, findings);
    await checkUsageSums(client, row.bucket, ROWS_OF_A_CHECK, findings);
    counts.add('buckets');
  }
  counts.add('price_versions', prices.count);
  yield progress('done');
}

async function selectBuckets(client: pg.ClientBase): Promise<BucketRow[]> {
  const { rows } = await client.query<{ bucket: number; position: string; now: string; cursor: string }>(
    `SELECT b.bucket, b.position, (extract(epoch FROM b.now) * 1000)::bigint AS now, coalesce(c.position, 0) AS cursor
     FROM bucket b LEFT JOIN follower_cursor c ON c.bucket = b.bucket AND c.follower = $1 ORDER BY b.bucket`,
    [USAGE_FOLLOWER],
  );
  return rows.map(({ bucket, position, now, cursor }) => ({
    bucket,
    position: Number(position),
    now: Number(now),
    usageCursor: Number(cursor),
  }));
}
