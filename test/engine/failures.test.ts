import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Command, Settle } from '../../src/core/ledger/commands.js';
import { TABLE_BOOK } from '../outcomes/table.js';
import { type ClockedEngine, startClockedEngine } from '../support/engine.js';
import { waitFor } from '../support/waiting.js';
import { brokenBooks } from './books-check.js';
import { bucketOfCustomer, lockBucketOf } from './bucket-lock.js';
import { failAppends, installFaults, triedAppends } from './database-fault.js';
import { type Customer, countNames, nameOf, openCustomer, reserveUnits, settleUnits, succeed } from './scenario.js';

const ALWAYS = 1_000_000;

describe('a batch that the database fails', () => {
  let engine: ClockedEngine;
  let customer: Customer;
  beforeAll(async () => {
    engine = await startClockedEngine({ book: TABLE_BOOK, outageWaitMs: 300 });
    customer = await openCustomer(engine.ledger, '1000');
    await installFaults(engine.owner);
  });
  afterEach(() => failAppends(engine.owner, '00000', 0));
  afterAll(() => engine.stop());

  const reserves = (count: number) => Array.from({ length: count }, () => reserveUnits(customer, '1'));
  const submitAll = (commands: ReturnType<typeof reserves>) =>
    Promise.all(commands.map((command) => engine.ledger.submit(command)));

  test.each([
    ['the fence, which lost a race', '22012', 3],
    ['a serialization failure', '40001', 3],
    ['a deadlock', '40P01', 1],
    ['an id that is there already', '23505', 1],
    ['a session that was ended', '57P01', 2],
    ['a statement that took too long', '57014', 2],
    ['a lock that took too long', '55P03', 2],
  ])('by %s (%s) is decided again as a whole', async (_what, code, times) => {
    await failAppends(engine.owner, code, times);
    expect(countNames(await submitAll(reserves(5)))).toEqual({ ok: 5 });
    expect(await triedAppends(engine.owner)).toBe(times + 1);
  });

  test.each([
    ['a full disk', '53100'],
    ['a broken disk', '58030'],
    ['a lock that takes too long', '55P03'],
    ['a statement that takes too long', '57014'],
  ])('for good by %s (%s) is UNAVAILABLE, and nothing is done', async (_what, code) => {
    const commands = reserves(3);
    await failAppends(engine.owner, code, ALWAYS);
    expect(countNames(await submitAll(commands))).toEqual({ UNAVAILABLE: 3 });
    await failAppends(engine.owner, code, 0);
    await waitFor('the engine to try again', async () => (await engine.ledger.submit(commands[0] as Command)).ok);
    expect(countNames(await submitAll(commands))).toEqual({ replayed: 1, ok: 2 });
  });

  test.each(['40001', '57P01'])(
    'while the rest of it is still being decided (%s) is decided again as a whole',
    async (code) => {
      const rich = await openCustomer(engine.ledger, '1000');
      await failAppends(engine.owner, code, 1);
      const commands = Array.from({ length: 400 }, () => reserveUnits(rich, '1'));
      expect(countNames(await submitAll(commands))).toEqual({ ok: 400 });
      expect(await brokenBooks(engine.owner)).toEqual([]);
    },
  );

  test('by a rule that one row breaks is taken apart, so that the bad command fails alone', async () => {
    const commands = reserves(5);
    await engine.owner.query(`ALTER TABLE reservation ADD CONSTRAINT not_that CHECK (id <> '${commands[2]?.id}')`);
    const names = (await submitAll(commands)).map(nameOf);
    await engine.owner.query('ALTER TABLE reservation DROP CONSTRAINT not_that');
    expect(names).toEqual(['ok', 'ok', 'INTERNAL', 'ok', 'ok']);
    expect(countNames(await submitAll(commands))).toEqual({ ok: 1, replayed: 4 });
  });

  test('by a deadlock with somebody else is decided again once the other is through', async () => {
    let second = customer;
    while (bucketOfCustomer(engine, second) <= bucketOfCustomer(engine, customer)) {
      second = await openCustomer(engine.ledger, '10');
      if (bucketOfCustomer(engine, customer) === engine.ledger.buckets - 1)
        customer = await openCustomer(engine.ledger, '1000');
    }
    const other = await engine.owner.connect();
    // The other side never notices, so that it is the engine's batch that is ended.
    await other.query(`BEGIN; SET LOCAL deadlock_timeout = '60s'`);
    await other.query('SELECT 1 FROM bucket WHERE bucket = $1 FOR UPDATE', [bucketOfCustomer(engine, second)]);
    const answers = [customer, second].map((one) => engine.ledger.submit(reserveUnits(one, '1')));
    await waitFor('the batch to wait', async () => (await lockWaits()) === 1);
    await other.query('SELECT 1 FROM bucket WHERE bucket = $1 FOR UPDATE', [bucketOfCustomer(engine, customer)]);
    await other.query('ROLLBACK');
    other.release();
    expect((await Promise.all(answers)).map(nameOf)).toEqual(['ok', 'ok']);
  });

  test('by cancelling what waits for a lock waits again, and others are not told that they failed', async () => {
    const lock = await lockBucketOf(engine, customer);
    const answers = submitAll(reserves(3));
    await lock.blocks();
    await engine.owner.query(
      `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    await lock.blocks();
    await lock.release();
    expect(countNames(await answers)).toEqual({ ok: 3 });
  });

  test('by a command that cannot be decided loses nothing of what was due before it', async () => {
    const poor = await openCustomer(engine.ledger, '10');
    const open = reserveUnits(poor, '2');
    const overdue = reserveUnits(poor, '8', undefined, 1000);
    await succeed(engine.ledger, open);
    await succeed(engine.ledger, overdue);
    await engine.clock.advance(60_000);
    const bad = {
      ...(settleUnits(poor, open.id, '1') as Settle),
      final: false,
      id: reserveUnits(poor, '1').id,
      usage: { units: 'many' },
    };
    const outcomes = await Promise.all([engine.ledger.submit(bad), engine.ledger.submit(reserveUnits(poor, '8'))]);
    expect(outcomes.map(nameOf)).toEqual(['INTERNAL', 'ok']);
    expect(await brokenBooks(engine.owner)).toEqual([]);
  });

  async function lockWaits(): Promise<number> {
    const { rows } = await engine.owner.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rows[0].n;
  }
});
