import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Command } from '../../src/core/ledger/commands.js';
import { bucketOf } from '../../src/core/ledger/ids.js';
import { NotCommitted } from '../../src/db/database.js';
import { append } from '../../src/ledger/append.store.js';
import type { DecidedBatch } from '../../src/ledger/batch.js';
import { allOf } from '../../src/ledger/known.js';
import { load } from '../../src/ledger/load.store.js';
import { LedgerState } from '../../src/ledger/state.js';
import { TABLE_BOOK } from '../outcomes/table.js';
import { type EngineFixture, startEngine } from '../support/engine.js';
import { brokenBooks } from './books-check.js';
import { decideAlone, pendingOf } from './one-batch.js';
import { type Customer, openCustomer, reserveUnits, succeed } from './scenario.js';

describe('the fence', () => {
  let engine: EngineFixture;
  let customer: Customer;
  beforeAll(async () => {
    engine = await startEngine({ book: TABLE_BOOK });
    customer = await openCustomer(engine.ledger, '100');
  });
  afterAll(() => engine.stop());

  function bucket(): number {
    return bucketOf(customer.accountId, engine.ledger.buckets);
  }

  /** A batch that was decided before somebody else appended to its bucket. */
  async function staleBatch(...commands: Command[]): Promise<DecidedBatch> {
    const state = new LedgerState({ accounts: 10, reservations: 10 });
    const batch = commands.map((command) => pendingOf(engine, command));
    const nowMs = Date.now();
    await engine.database.transaction((client) => load(client, allOf(batch), state, nowMs));
    return decideAlone(engine, batch, state, nowMs);
  }

  async function appendAlone(decided: DecidedBatch): Promise<unknown> {
    const connection = await engine.database.openEngineConnection();
    try {
      return await append(connection, decided, { begin: true, tokenIds: [] });
    } finally {
      await connection.end();
    }
  }

  test('a batch on the present state is committed', async () => {
    const before = await journalLength();
    await appendAlone(await staleBatch(reserveUnits(customer, '1')));
    expect(await journalLength()).toBe(before + 1);
    expect(await brokenBooks(engine.owner)).toEqual([]);
  });

  test('a lost race fails before its commit and leaves nothing behind', async () => {
    const decided = await staleBatch(reserveUnits(customer, '1'));
    await succeed(engine.ledger, reserveUnits(customer, '1'));
    const before = await journalLength();
    await expect(appendAlone(decided)).rejects.toMatchObject({ code: '22012' });
    expect(await journalLength()).toBe(before);
    expect(await brokenBooks(engine.owner)).toEqual([]);
  });

  test('a log of the same length with another head is another log', async () => {
    const decided = await staleBatch(reserveUnits(customer, '1'));
    await engine.owner.query('UPDATE bucket SET head = gen_random_uuid() WHERE bucket = $1', [bucket()]);
    await expect(appendAlone(decided)).rejects.toMatchObject({ code: '22012' });
  });

  test('a batch of refusals is checked by the same means', async () => {
    const decided = await staleBatch(reserveUnits(customer, '1000'));
    expect(decided).toMatchObject({ rows: [], outcomes: [{ code: 'INSUFFICIENT_BALANCE' }] });
    await succeed(engine.ledger, reserveUnits(customer, '1'));
    await expect(appendAlone(decided)).rejects.toMatchObject({ code: '22012' });
  });

  test('a COMMIT that is answered by ROLLBACK has not committed', async () => {
    const connection = await engine.database.openEngineConnection();
    await connection.query('BEGIN');
    await expect(connection.query('SELECT 1 / 0')).rejects.toMatchObject({ code: '22012' });
    const nothing = { outcomes: [], rows: [], advances: [], refusedUnseen: [] };
    await expect(append(connection, nothing, { begin: false, tokenIds: [] })).rejects.toThrow(NotCommitted);
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

  async function journalLength(): Promise<number> {
    const { rows } = await engine.owner.query('SELECT count(*)::int AS count FROM journal');
    return rows[0].count;
  }
});
