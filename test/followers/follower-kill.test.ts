import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { JournalReader } from '../../src/journal/journal-reader.js';
import { UsageFollower } from '../../src/usage/usage-follower.js';
import { TABLE_BOOK } from '../outcomes/table.js';
import { type EngineFixture, startEngine } from '../support/engine.js';
import { fillBooks } from './books.js';
import { lag, until } from './handled.js';
import { usageDifferences } from './usage-fold.js';

const SCRIPT = fileURLToPath(new URL('./usage-follower-process.mjs', import.meta.url));

describe('followers in processes that are killed and paused', () => {
  let engine: EngineFixture;
  beforeAll(async () => {
    Logger.overrideLogger(false);
    engine = await startEngine({ book: TABLE_BOOK, buckets: 4 });
  });
  afterAll(async () => {
    await engine.stop();
    Logger.overrideLogger(['log', 'warn', 'error', 'fatal']);
  });

  async function startProcess(): Promise<ChildProcess> {
    const child = spawn(process.execPath, [SCRIPT], {
      env: { ...process.env, DATABASE_URL: engine.url },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    return child;
  }

  async function kill(child: ChildProcess): Promise<void> {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** A dead process's leases run out by themselves; the tests do not wait for that. */
  const forgetLeases = () => engine.owner.query(`UPDATE follower_lease SET until = 'epoch'`);

  async function catchUp(): Promise<void> {
    await forgetLeases();
    const follower = new UsageFollower(engine.database, new JournalReader(engine.database));
    follower.start();
    await until(async () => (await lag(engine.owner, 'usage')) === 0);
    await follower.stop();
  }

  test('killed at random moments under load, the sums are the fold of the journal', async () => {
    const seed = 20_261;
    const waits = fc.sample(fc.integer({ min: 0, max: 120 }), { seed, numRuns: 12 });
    let loading = true;
    const load = fillBooks(engine, seed, 30, 80).finally(() => {
      loading = false;
    });
    for (const wait of waits) {
      const child = await startProcess();
      // The moment of the kill is random on purpose; the result must not depend on it.
      await delay(wait);
      await kill(child);
      await forgetLeases();
    }
    await load;
    expect(loading).toBe(false);
    await catchUp();
    expect({ seed, differences: await usageDifferences(engine.owner) }).toEqual({ seed, differences: [] });
  });

  test('stopped past its lease and resumed, one changes nothing that another has done', async () => {
    const seed = 20_262;
    const paused = await startProcess();
    const load = fillBooks(engine, seed, 20, 80);
    await until(async () => (await engine.owner.query('SELECT FROM usage_record LIMIT 1')).rowCount === 1);
    paused.kill('SIGSTOP');
    await forgetLeases();
    const other = await startProcess();
    await load;
    paused.kill('SIGCONT');
    await fillBooks(engine, seed + 1, 5, 40);
    await kill(paused);
    await kill(other);
    await catchUp();
    expect({ seed, differences: await usageDifferences(engine.owner) }).toEqual({ seed, differences: [] });
  });
});
