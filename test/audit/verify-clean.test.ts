import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Verifier } from '../../src/audit/verifier.js';
import { JournalReader } from '../../src/journal/journal-reader.js';
import { UsageFollower } from '../../src/usage/usage-follower.js';
import { fillBooks } from '../followers/books.js';
import { lag, until } from '../followers/handled.js';
import { TABLE_BOOK } from '../outcomes/table.js';
import { type EngineFixture, startEngine } from '../support/engine.js';
import { verified } from './verified.js';

describe('verify on books that are right', () => {
  let engine: EngineFixture;
  let verifier: Verifier;
  beforeAll(async () => {
    engine = await startEngine({ book: TABLE_BOOK, buckets: 4 });
    verifier = new Verifier(engine.database);
  });
  afterAll(() => engine.stop());

  test('an empty ledger', async () => {
    const { findings, summary } = await verified(verifier);
    expect(findings).toEqual([]);
    expect(summary).toMatchObject({ ok: true, complete: true, checked: { buckets: 4 } });
  });

  test('finds nothing while commands and the follower run, nor afterwards', async () => {
    const follower = new UsageFollower(engine.database, new JournalReader(engine.database));
    follower.start();
    let filling = true;
    const filled = fillBooks(engine, 5, 20, 150).finally(() => {
      filling = false;
    });
    while (filling) {
      const { findings, summary } = await verified(verifier);
      expect(findings).toEqual([]);
      expect(summary.ok).toBe(true);
    }
    await filled;
    await until(async () => (await lag(engine.owner, 'usage')) === 0);
    await follower.stop();
    const { findings, summary, progress } = await verified(verifier);
    expect(findings).toEqual([]);
    expect(summary).toMatchObject({ ok: true, findings: 0 });
    for (const kind of [
      'journal',
      'transfers',
      'accounts',
      'pockets',
      'keys',
      'reservations',
      'charges',
      'references',
      'usage_records',
    ]) {
      expect({ kind, count: summary.checked[kind] ?? 0 }).not.toEqual({ kind, count: 0 });
    }
    const last = progress.at(-1);
    expect(last?.done).toBe(last?.total);
    expect(last?.total).toBe(summary.checked['journal']);
  });

  test('can be stopped', async () => {
    const abort = new AbortController();
    const events = verifier.run({ signal: abort.signal });
    await events.next();
    abort.abort(new Error('enough'));
    await expect(events.next()).rejects.toThrow('enough');
    expect((await verified(verifier)).summary.ok).toBe(true);
  });

  test('debits and credits of the trial balance are equal', async () => {
    const { rows, balanced } = await verifier.trialBalance();
    expect(balanced).toBe(true);
    expect(rows.map(({ account }) => account)).toEqual(
      expect.arrayContaining(['custody', 'customers', 'promotions', 'revenue']),
    );
  });
});
