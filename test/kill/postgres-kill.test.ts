import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { brokenBooks } from '../engine/books-check.js';
import { startTestCluster, type TestCluster } from '../support/cluster.js';
import type { TestDatabase } from '../support/databases.js';
import { waitFor } from '../support/waiting.js';
import { kills, Random, SEED } from './random.js';
import { reconcile } from './reconcile.js';
import { startUnderLoad, type UnderLoad } from './under-load.js';

const KILLS = kills(4);
const TIMEOUT_MS = 60_000 + KILLS * 15_000;

describe(`PostgreSQL under a service that goes on (seed ${SEED})`, () => {
  let cluster: TestCluster;
  let database: TestDatabase;
  let load: UnderLoad;
  beforeAll(async () => {
    cluster = await startTestCluster();
  }, 60_000);
  afterEach(async () => {
    await load?.stop();
    await database?.drop();
  });
  afterAll(() => cluster?.remove());

  /** Every way to lose the server: killed with all its processes, the postmaster alone, or stopped without a word. */
  const ways: readonly (() => Promise<void> | void)[] = [
    () => cluster.server.kill(),
    () => void process.kill(cluster.server.pid, 'SIGKILL'),
    () => void process.kill(cluster.server.pid, 'SIGQUIT'),
  ];

  test(
    'killed and started again: every answer is in the books, and the service reconnects by itself',
    async () => {
      const random = new Random(SEED);
      const funds = String(KILLS * 10);
      database = await cluster.createDatabase();
      load = await startUnderLoad(database, random, { services: 2, funds, env: { OUTAGE_WAIT_MS: '500', LANES: '2' } });
      const pids = load.services.map(({ pid }) => pid);
      for (let kill = 0; kill < KILLS; kill += 1) {
        await load.answers(random.whole(1, 400));
        await random.pick(ways)();
        // Every other time it stays away for longer than a command waits for it.
        const before = toldOfOutage(load);
        if (kill % 2) await waitFor('the outage to be told', () => toldOfOutage(load) > before);
        await cluster.server.restart();
        expect(await brokenBooks(load.owner)).toEqual([]);
      }
      await load.answers(100);
      await load.gateway.finish();
      await reconcile(load);
      for (const pid of pids) expect(() => process.kill(pid, 0)).not.toThrow();
    },
    TIMEOUT_MS,
  );

  test(
    'whose connections are ended, and whose buckets are locked by somebody else, again and again',
    async () => {
      const random = new Random(SEED);
      const funds = String(KILLS * 10);
      database = await cluster.createDatabase();
      load = await startUnderLoad(database, random, { services: 2, funds, env: { LANES: '2' } });
      for (let round = 0; round < KILLS * 3; round += 1) {
        await load.answers(random.whole(1, 200));
        if (random.chance(0.3)) await lockBuckets(load, random);
        await load.owner.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND application_name LIKE 'tollgate%' AND random() < $1`,
          [random.next()],
        );
      }
      await load.gateway.finish();
      await reconcile(load);
    },
    TIMEOUT_MS,
  );

  /** Holds some buckets until a batch waits for them. */
  async function lockBuckets({ owner }: UnderLoad, random: Random): Promise<void> {
    const client = await owner.connect();
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM bucket WHERE bucket % 3 = $1 FOR UPDATE', [random.whole(0, 2)]);
    await waitFor('a batch to wait for a bucket', async () => {
      const { rowCount } = await owner.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return rowCount !== 0;
    });
    await client.query('ROLLBACK');
    client.release();
  }

  function toldOfOutage({ gateway }: UnderLoad): number {
    const { nothing = 0, unknown = 0 } = gateway.record.names();
    return nothing + unknown;
  }
});
