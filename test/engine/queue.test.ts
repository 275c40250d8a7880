import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Outcome } from '../../src/core/ledger/outcome.js';
import { TABLE_BOOK } from '../outcomes/table.js';
import { type EngineFixture, startEngine } from '../support/engine.js';
import { waitFor } from '../support/waiting.js';
import { brokenBooks } from './books-check.js';
import { type BucketLock, bucketOfCustomer, lockBucketOf } from './bucket-lock.js';
import { type Customer, countNames, nameOf, openCustomer, releaseOf, reserveUnits, settleUnits } from './scenario.js';

describe('the queue', () => {
  let home: EngineFixture;
  let customer: Customer;
  /** One of another bucket, and of another lane where there are four of them or more. */
  let elsewhere: Customer;
  const opened: EngineFixture[] = [];
  beforeAll(async () => {
    home = await startEngine({ book: TABLE_BOOK });
    customer = await openCustomer(home.ledger, '1000');
    do elsewhere = await openCustomer(home.ledger, '1000');
    while (bucketOfCustomer(home, elsewhere) % 4 === bucketOfCustomer(home, customer) % 4);
  });
  afterEach(async () => {
    for (const engine of opened.splice(0)) await engine.stop();
  });
  afterAll(() => home.stop());

  async function engineWith(options: Parameters<typeof startEngine>[0]): Promise<EngineFixture> {
    const engine = await startEngine({ on: home, ...options });
    opened.push(engine);
    return engine;
  }

  /** An engine whose lane is in the middle of a batch that waits for somebody else's lock. */
  async function busyEngine(options: Parameters<typeof startEngine>[0]) {
    const engine = await engineWith(options);
    const lock: BucketLock = await lockBucketOf(home, customer);
    const underWay = engine.ledger.submit(reserveUnits(customer, '1'));
    await lock.blocks();
    return { engine, lock, underWay };
  }

  async function journaled(ids: readonly string[]): Promise<number> {
    const { rows } = await home.owner.query('SELECT count(*)::int AS n FROM journal WHERE command_id = any($1)', [ids]);
    return rows[0].n;
  }

  test('is bounded: one command too many is RESOURCE_EXHAUSTED at once, and the others are carried out', async () => {
    const { engine, lock, underWay } = await busyEngine({ queueMax: 5 });
    const queued = Array.from({ length: 5 }, () => engine.ledger.submit(reserveUnits(customer, '1')));
    const over = reserveUnits(customer, '1');
    // Answered though nothing moves: the lock is still held.
    expect(await engine.ledger.submit(over)).toMatchObject({
      ok: false,
      code: 'RESOURCE_EXHAUSTED',
      retryAfterMs: expect.any(Number),
    });
    await lock.release();
    expect(countNames(await Promise.all([underWay, ...queued]))).toEqual({ ok: 6 });
    expect(await journaled([over.id])).toBe(0);
    expect(nameOf(await engine.ledger.submit(over))).toBe('ok');
  });

  test('is bounded over all lanes together', async () => {
    const { engine, lock, underWay } = await busyEngine({ queueMax: 4, lanes: 4, batchMax: 1 });
    const queued = Array.from({ length: 4 }, () => engine.ledger.submit(reserveUnits(customer, '1')));
    expect(nameOf(await engine.ledger.submit(reserveUnits(elsewhere, '1')))).toBe('RESOURCE_EXHAUSTED');
    expect(nameOf(await engine.ledger.submit(reserveUnits(customer, '1')))).toBe('RESOURCE_EXHAUSTED');
    await lock.release();
    expect(countNames(await Promise.all([underWay, ...queued]))).toEqual({ ok: 5 });
  });

  test('does not carry out a command whose deadline passed in it; what is sent already is carried out', async () => {
    const { engine, lock, underWay } = await busyEngine({ batchMax: 1 });
    const deadlineMs = Date.now() + 200;
    const [sent, late, inTime] = [
      reserveUnits(customer, '1'),
      reserveUnits(customer, '1'),
      reserveUnits(customer, '1'),
    ];
    const answers = [
      engine.ledger.submit(sent, { deadlineMs }),
      engine.ledger.submit(late, { deadlineMs }),
      engine.ledger.submit(inTime, { deadlineMs: Date.now() + 60_000 }),
    ];
    await waitFor('the deadline', () => Date.now() > deadlineMs);
    await lock.release();
    expect((await Promise.all([underWay, ...answers])).map(nameOf)).toEqual(['ok', 'ok', 'DEADLINE_EXCEEDED', 'ok']);
    expect(await journaled([sent.id, late.id, inTime.id])).toBe(2);
    expect(nameOf(await engine.ledger.submit(late))).toBe('ok');
  });

  test('is emptied by a drain: what was accepted is answered, and nothing is accepted any more', async () => {
    const { engine, lock, underWay } = await busyEngine({ batchMax: 7 });
    const accepted = Array.from({ length: 20 }, () => engine.ledger.submit(reserveUnits(customer, '1')));
    let drained = false;
    const drain = engine.ledger.drain().then(() => {
      drained = true;
    });
    expect(await engine.ledger.submit(reserveUnits(customer, '1'))).toMatchObject({
      ok: false,
      code: 'UNAVAILABLE',
      retryAfterMs: expect.any(Number),
    });
    expect(drained).toBe(false);
    await lock.release();
    expect(countNames(await Promise.all([underWay, ...accepted]))).toEqual({ ok: 21 });
    await drain;
    expect(nameOf(await engine.ledger.submit(reserveUnits(customer, '1')))).toBe('UNAVAILABLE');
  });

  test('keeps the order of an account: what builds on the command before finds it carried out', async () => {
    const engine = await engineWith({ lanes: 3, batchMax: 3 });
    const customers = await Promise.all(Array.from({ length: 6 }, () => openCustomer(home.ledger, '3')));
    const answers: Promise<Outcome>[] = [];
    const asked = new Map<string, string[]>();
    for (let round = 0; round < 15; round += 1) {
      for (const one of customers) {
        const reservation = reserveUnits(one, '3');
        const end = round % 3 ? releaseOf(one, reservation.id) : settleUnits(one, reservation.id, '0');
        answers.push(engine.ledger.submit(reservation), engine.ledger.submit(end));
        asked.set(one.accountId, [...(asked.get(one.accountId) ?? []), reservation.id, end.id]);
      }
    }
    // Each holds the whole balance: any other order would refuse one for money.
    expect(countNames(await Promise.all(answers))).toEqual({ ok: 180 });
    for (const [accountId, ids] of asked) {
      const { rows } = await home.owner.query(
        `SELECT command_id FROM journal WHERE account_id = $1 AND type IN ('Reserve', 'Settle', 'Release') ORDER BY position`,
        [accountId],
      );
      expect(rows.map((row) => row.command_id)).toEqual(ids);
    }
    expect(await brokenBooks(home.owner)).toEqual([]);
  });

  test('of one lane does not wait for a bucket of another that somebody else has locked', async () => {
    const { engine, lock, underWay } = await busyEngine({ lanes: 32 });
    for (let n = 0; n < 5; n += 1) expect(nameOf(await engine.ledger.submit(reserveUnits(elsewhere, '1')))).toBe('ok');
    await lock.release();
    expect(nameOf(await underWay)).toBe('ok');
  });
});
