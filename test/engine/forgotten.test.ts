import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { TABLE_BOOK } from '../outcomes/table.js';
import { type ClockedEngine, startClockedEngine, startEngine } from '../support/engine.js';
import { newId } from '../support/ids.js';
import { PostgresProxy } from '../support/postgres-proxy.js';
import { waitFor } from '../support/waiting.js';
import { brokenBooks } from './books-check.js';
import { lockBucketOf } from './bucket-lock.js';
import { warmUp } from './rival.js';
import {
  type Customer,
  countNames,
  nameOf,
  openCustomer,
  releaseOf,
  reserveUnits,
  settleUnits,
  succeed,
} from './scenario.js';

const MINUTE = 60_000;

describe('what only the tables know', () => {
  let home: ClockedEngine;
  let customer: Customer;
  /** What is stopped after a test, the last first. */
  let opened: { stop(): Promise<void> }[];
  beforeEach(async () => {
    home = await startClockedEngine({ book: TABLE_BOOK, buckets: 1 });
    opened = [home];
    customer = await openCustomer(home.ledger, '10');
  });
  afterEach(async () => {
    expect(await brokenBooks(home.owner)).toEqual([]);
    for (const one of opened.reverse()) await one.stop();
  });

  async function another(options: Parameters<typeof startEngine>[0] = {}): Promise<ClockedEngine> {
    const engine = await startClockedEngine({ on: home, ...options });
    opened.push(engine);
    return engine;
  }

  const takeAll = () => reserveUnits(customer, '10');

  test.each([1, 4_000, MINUTE])(
    'an overdue hold of before a start (of %i ms) does not count against the balance',
    async (ttlMs) => {
      await succeed(home.ledger, reserveUnits(customer, '4', newId(), ttlMs));
      const engine = await another();
      await warmUp(engine, customer);
      await home.clock.advance(ttlMs - 1);
      expect(nameOf(await engine.ledger.submit(takeAll()))).toBe('INSUFFICIENT_BALANCE');
      await home.clock.advance(1);
      expect(nameOf(await engine.ledger.submit(takeAll()))).toBe('ok');
    },
  );

  test.each([1, 4_000, MINUTE])(
    'an overdue hold of another process (of %i ms) does not count against the balance',
    async (ttlMs) => {
      const engine = await another();
      await warmUp(engine, customer);
      await succeed(home.ledger, reserveUnits(customer, '4', newId(), ttlMs));
      await home.clock.advance(ttlMs);
      expect(nameOf(await engine.ledger.submit(takeAll()))).toBe('ok');
    },
  );

  test.each([
    ['a hold', { cacheReservations: 1 }],
    ['an account with its holds', { cacheAccounts: 1 }],
    ['both', { cacheAccounts: 1, cacheReservations: 1 }],
  ])('%s that was forgotten expires in time all the same', async (_what, limits) => {
    const engine = await another(limits);
    const others = await Promise.all(Array.from({ length: 3 }, () => openCustomer(home.ledger, '10')));
    await warmUp(engine, ...others, customer);
    await succeed(engine.ledger, reserveUnits(customer, '4', newId(), 4_000));
    // Twice: an account is forgotten when it was not used between two times at which there were too many.
    for (const one of [...others, ...others]) await succeed(engine.ledger, reserveUnits(one, '1'));
    expect(nameOf(await engine.ledger.submit(takeAll()))).toBe('INSUFFICIENT_BALANCE');
    for (const one of [...others, ...others]) await succeed(engine.ledger, reserveUnits(one, '1'));
    await home.clock.advance(4_500);
    expect(nameOf(await engine.ledger.submit(takeAll()))).toBe('ok');
  });

  test('a charged part of a hold that was read because it would be due is not charged again', async () => {
    const reservation = reserveUnits(customer, '2', newId(), 4_000);
    await succeed(home.ledger, reservation);
    await succeed(home.ledger, interim(reservation.id, '15'));
    const engine = await another();
    await warmUp(engine, customer);
    await succeed(engine.ledger, settleUnits(customer, reservation.id, '12'));
    const { rows } = await home.owner.query(
      `SELECT (SELECT sum(uncollected)::text FROM charge) AS uncollected,
              (SELECT sum(balance)::text FROM pocket) AS balance`,
    );
    expect(rows).toEqual([{ uncollected: '2000000000', balance: '0' }]);
  });

  test('an account is read when all that is known of it is a hold that will be due', async () => {
    const stranger = await openCustomer(home.ledger, '10');
    const reservations = Array.from({ length: 3 }, () => reserveUnits(stranger, '2', newId(), 4_000));
    for (const reservation of reservations) await succeed(home.ledger, reservation);
    const [settled, released] = reservations.map(({ id }) => id) as [string, string];
    const engine = await another();
    await warmUp(engine, customer);
    await succeed(engine.ledger, settleUnits(stranger, settled, '3'));
    await succeed(engine.ledger, releaseOf(stranger, released));
    await home.clock.advance(4_000);
    expect(nameOf(await engine.ledger.submit(reserveUnits(stranger, '7')))).toBe('ok');
  });

  const interim = (reservationId: string, units: string) => ({
    ...(settleUnits(customer, reservationId, units) as Extract<ReturnType<typeof settleUnits>, { type: 'Settle' }>),
    id: newId(),
    final: false,
  });

  test('what is forgotten while its batch is under way is found again once that is committed', async () => {
    const started = await PostgresProxy.start(home.url);
    opened.push(started.proxy);
    const engine = await another({ url: started.url, cacheAccounts: 1, cacheReservations: 1 });
    const others = await Promise.all(Array.from({ length: 5 }, () => openCustomer(home.ledger, '10')));
    await warmUp(engine, ...others, customer);
    // All known again at the same time: the limits are looked at after a batch.
    const all = [customer, ...others];
    await Promise.all(all.map((one) => engine.ledger.submit(reserveUnits(one, '1'))));
    const lock = await lockBucketOf(home, customer);
    const reservation = reserveUnits(customer, '8');
    const { commits } = started.proxy;
    const answers = [engine.ledger.submit(reservation)];
    await waitFor('the batch to be sent', () => started.proxy.commits > commits);
    for (const one of others) answers.push(engine.ledger.submit(reserveUnits(one, '1')));
    answers.push(
      engine.ledger.submit(settleUnits(customer, reservation.id, '8')),
      engine.ledger.submit(reserveUnits(customer, '2')),
      engine.ledger.submit(reserveUnits(customer, '1')),
    );
    await lock.release();
    expect(countNames(await Promise.all(answers.slice(0, -2)))).toEqual({ ok: 7 });
    expect((await Promise.all(answers.slice(-2))).map(nameOf)).toEqual(['INSUFFICIENT_BALANCE', 'ok']);
  });
});
