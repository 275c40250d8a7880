import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { bucketOf } from '../../src/core/ledger/ids.js';
import { NotCommitted } from '../../src/db/database.js';
import { Append } from '../../src/ledger/append.store.js';
import { attemptBatch, type BatchContext, type Pending } from '../../src/ledger/batch.js';
import { lockAndLoad } from '../../src/ledger/load.store.js';
import { Loaded } from '../../src/ledger/loaded.js';
import type { PlacedRow } from '../../src/ledger/netted.js';
import { SettledUntil } from '../../src/ledger/settled-until.js';
import { BatchNeeds } from '../../src/ledger/wanted.js';
import { TABLE_BOOK } from '../outcomes/table.js';
import { type EngineFixture, startEngine } from '../support/engine.js';
import { brokenBooks } from './books-check.js';
import { type Customer, openCustomer, reserveUnits, succeed } from './scenario.js';

function append(connection: pg.Client, loaded: Loaded, rows: readonly PlacedRow[]): Promise<void> {
  const batch = new Append(connection, loaded);
  batch.write(rows);
  return batch.commit();
}

describe('the fence', () => {
  let engine: EngineFixture;
  let customer: Customer;
  beforeAll(async () => {
    engine = await startEngine({ book: TABLE_BOOK });
    customer = await openCustomer(engine.ledger, '100');
  });
  afterAll(() => engine.stop());

  /** What a process knew of the bucket before somebody else appended to it. */
  async function staleState(): Promise<Loaded> {
    const connection = await engine.database.openEngineConnection();
    const needs = new BatchNeeds();
    needs.add(reserveUnits(customer, '1'), bucket(), undefined);
    const loaded = await lockAndLoad(connection, needs, Date.now());
    await connection.query('ROLLBACK');
    await connection.end();
    return loaded;
  }

  function bucket(): number {
    return bucketOf(customer.accountId, engine.ledger.buckets);
  }

  test('a lost race fails before its commit and leaves nothing behind', async () => {
    const loaded = await staleState();
    await succeed(engine.ledger, reserveUnits(customer, '1'));
    const before = await journalLength();
    const connection = await engine.database.openEngineConnection();
    await connection.query('BEGIN');
    const log = loaded.logs.get(bucket());
    const row = {
      bucket: bucket(),
      position: (log?.position ?? 0) + 1,
      journal: journalRow(),
    };
    await expect(append(connection, loaded, [row])).rejects.toMatchObject({ code: '22012' });
    await connection.end();
    expect(await journalLength()).toBe(before);
    expect(await brokenBooks(engine.owner)).toEqual([]);
  });

  test('a log of the same length with another head is another log', async () => {
    const loaded = await staleState();
    await engine.owner.query('UPDATE bucket SET head = gen_random_uuid() WHERE bucket = $1', [bucket()]);
    const connection = await engine.database.openEngineConnection();
    await connection.query('BEGIN');
    const position = (loaded.logs.get(bucket())?.position ?? 0) + 1;
    await expect(
      append(connection, loaded, [{ bucket: bucket(), position, journal: journalRow() }]),
    ).rejects.toMatchObject({ code: '22012' });
    await connection.end();
  });

  test('a batch of refusals is checked by the same means', async () => {
    const loaded = await staleState();
    await succeed(engine.ledger, reserveUnits(customer, '1'));
    const connection = await engine.database.openEngineConnection();
    await connection.query('BEGIN');
    await expect(append(connection, loaded, [])).rejects.toMatchObject({ code: '22012' });
    await connection.end();
  });

  test('a batch whose statement fails is not committed, though the driver resolves its COMMIT', async () => {
    const connection = await engine.database.openEngineConnection();
    const command = { ...reserveUnits(customer, '1'), accountId: 'not-a-uuid' };
    const pending: Pending = {
      command,
      bucket: 0,
      by: 'test',
      tokenId: undefined,
      deadlineMs: undefined,
      answer: () => undefined,
      inDoubt: false,
    };
    await expect(attemptBatch(connection, [pending], context())).rejects.toMatchObject({ code: '22P02' });
    await connection.end();
  });

  test('a COMMIT that is answered by ROLLBACK has not committed', async () => {
    const connection = await engine.database.openEngineConnection();
    await connection.query('BEGIN');
    await expect(connection.query('SELECT 1 / 0')).rejects.toMatchObject({ code: '22012' });
    await expect(append(connection, new Loaded(), [])).rejects.toThrow(NotCommitted);
    await connection.end();
  });

  test('a bad command fails alone', async () => {
    const bad = { ...reserveUnits(customer, '1'), accountId: 'not-a-uuid' };
    const outcomes = await Promise.all([
      engine.ledger.submit(reserveUnits(customer, '1')),
      engine.ledger.submit(bad),
      engine.ledger.submit(reserveUnits(customer, '1')),
    ]);
    expect(outcomes.map((outcome) => (outcome.ok ? 'ok' : outcome.code))).toEqual(['ok', 'INTERNAL', 'ok']);
  });

  function context(): BatchContext {
    return {
      prices: engine.prices,
      oldestIdMs: 0,
      newestIdMs: Number.MAX_SAFE_INTEGER,
      nowMs: Date.now(),
      settled: new SettledUntil(),
      onAppend: () => undefined,
      onFault: () => undefined,
    };
  }

  function journalRow() {
    const command = reserveUnits(customer, '1');
    if (command.type !== 'Reserve') throw new Error('not a Reserve');
    const value = { type: 'swept', due: 0 } as const;
    return { command, slot: 'cmd', asked: {}, by: 'test', now: Date.now(), value, changes: { transfers: [] } } as const;
  }

  async function journalLength(): Promise<number> {
    const { rows } = await engine.owner.query('SELECT count(*)::int AS count FROM journal');
    return rows[0].count;
  }
});
