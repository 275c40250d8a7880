import { bucketOf } from '../../src/core/ledger/ids.js';
import type { EngineFixture } from '../support/engine.js';
import { waitFor } from '../support/waiting.js';
import type { Customer } from './scenario.js';

/** A transaction of somebody else's that has a bucket locked: whatever the engine sends of it waits there. */
export interface BucketLock {
  /** Resolves once so many connections of the engine wait for it. */
  blocks(connections?: number): Promise<void>;
  release(): Promise<void>;
}

export function bucketOfCustomer(engine: EngineFixture, { accountId }: Customer): number {
  return bucketOf(accountId, engine.ledger.buckets);
}

export async function lockBucketOf(engine: EngineFixture, customer: Customer): Promise<BucketLock> {
  const client = await engine.owner.connect();
  await client.query('BEGIN');
  await client.query('SELECT 1 FROM bucket WHERE bucket = $1 FOR UPDATE', [bucketOfCustomer(engine, customer)]);
  return {
    blocks: (connections = 1) =>
      waitFor('the engine to wait for the bucket', async () => (await waiting(engine)) >= connections),
    release: async () => {
      await client.query('ROLLBACK');
      client.release();
    },
  };
}

/** How many connections of the engine wait for a lock. */
async function waiting({ owner }: EngineFixture): Promise<number> {
  const { rows } = await owner.query<{ waiting: number }>(
    `SELECT count(*)::int AS waiting FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'tollgate-engine' AND wait_event_type = 'Lock'`,
  );
  return rows[0]?.waiting ?? 0;
}
