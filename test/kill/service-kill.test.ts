import { afterEach, describe, expect, test } from '@jest/globals';
import { brokenBooks } from '../engine/books-check.js';
import { createTestDatabase, type TestDatabase } from '../support/databases.js';
import { waitFor } from '../support/waiting.js';
import { kills, Random, SEED } from './random.js';
import { reconcile } from './reconcile.js';
import { startUnderLoad, type UnderLoad } from './under-load.js';

const KILLS = kills(4);

describe(`kill -9 of the service under load (seed ${SEED})`, () => {
  let database: TestDatabase;
  let load: UnderLoad;
  afterEach(async () => {
    await load?.stop();
    await database?.drop();
  });

  test.each([1, 2])(
    'of %i: every answer is in the books, and what had none is settled by sending it again',
    async (services) => {
      const random = new Random(SEED + services);
      const funds = String(KILLS * 10);
      database = await createTestDatabase();
      load = await startUnderLoad(database, random, { services, funds });
      for (let kill = 0; kill < KILLS; kill += 1) {
        await load.answers(random.whole(1, 400));
        const victim = random.whole(0, services - 1);
        expect(await load.services[victim]?.end('SIGKILL')).toBe('SIGKILL');
        if (services === 1) await waitFor('PostgreSQL to notice', async () => !(await connected(load)));
        // The other goes on alone, and settles what this one left open.
        if (services > 1) await load.answers(100);
        // What had no answer is wholly there or wholly absent: nothing is there in part.
        expect(await brokenBooks(load.owner)).toEqual([]);
        await load.restart(victim);
      }
      await load.answers(100);
      await load.gateway.finish();
      await reconcile(load);
      expect(load.gateway.record.names()['lost']).toBeGreaterThan(0);
    },
    60_000 + KILLS * 10_000,
  );

  async function connected({ owner }: UnderLoad): Promise<boolean> {
    const { rowCount } = await owner.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'tollgate%'`,
    );
    return rowCount !== 0;
  }
});
