import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { Sweeper } from '../../src/ledger/sweeper.js';
import { TABLE_BOOK } from '../outcomes/table.js';
import { type EngineFixture, startEngine } from '../support/engine.js';
import { newId } from '../support/ids.js';
import { waitFor } from '../support/waiting.js';
import { brokenBooks } from './books-check.js';
import { type Customer, openCustomer, reserveUnits, succeed } from './scenario.js';

describe('the sweeper', () => {
  let engine: EngineFixture;
  let customers: Customer[];
  beforeAll(async () => {
    engine = await startEngine({ book: TABLE_BOOK });
    customers = await Promise.all(Array.from({ length: 5 }, () => openCustomer(engine.ledger, '10')));
    for (const customer of customers) {
      await succeed(engine.ledger, reserveUnits(customer, '2', undefined, 1));
      await succeed(engine.ledger, reserveUnits(customer, '3'));
      await succeed(engine.ledger, {
        type: 'Grant',
        id: newId(),
        accountId: customer.accountId,
        asset: 'USD',
        amount: '5',
        expiresAt: engine.ledger.now() + 50,
        priority: 0,
        reason: 'test',
      });
    }
    const over = engine.ledger.now() + 60;
    await waitFor('the time of holds and grants to be over', () => engine.ledger.now() > over);
  });
  afterAll(() => engine.stop());

  const sweeper = (intervalMs: number) =>
    new Sweeper(engine.database, engine.ledger, intervalMs, pino({ level: 'silent' }));

  async function held(): Promise<string[]> {
    const { rows } = await engine.owner.query('SELECT sum(held)::text AS held FROM pocket GROUP BY account_id');
    return rows.map((row) => row.held);
  }

  test('ends what is overdue on accounts on which nothing happens, once, however many there are', async () => {
    const found = await Promise.all([sweeper(1000).sweep(), sweeper(1000).sweep()]);
    expect(Math.max(...found)).toBe(5);
    expect(await held()).toEqual(Array.from({ length: 5 }, () => '3000000000'));
    const { rows } = await engine.owner.query(
      `SELECT type, count(*)::int AS n FROM journal WHERE type LIKE 'Expire%' GROUP BY type ORDER BY type`,
    );
    expect(rows).toEqual([
      { type: 'ExpireHold', n: 5 },
      { type: 'ExpirePocket', n: 5 },
    ]);
    expect(await sweeper(1000).sweep()).toBe(0);
    expect(await brokenBooks(engine.owner)).toEqual([]);
  });

  test('sweeps by itself until it is stopped', async () => {
    const [customer] = customers as [Customer];
    await succeed(engine.ledger, reserveUnits(customer, '1', undefined, 1));
    const running = sweeper(5);
    running.start();
    await waitFor('the hold to expire', async () => !(await held()).includes('4000000000'));
    await running.stop();
    expect(await brokenBooks(engine.owner)).toEqual([]);
  });
});
