import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TABLE_BOOK } from '../outcomes/table.js';
import { type EngineFixture, startEngine } from '../support/engine.js';
import { newId } from '../support/ids.js';
import { waitFor } from '../support/waiting.js';
import { brokenBooks } from './books-check.js';
import { bucketOfCustomer, lockBucketOf } from './bucket-lock.js';
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

describe('several processes on one database', () => {
  let first: EngineFixture;
  let second: EngineFixture;
  let fast: EngineFixture;
  beforeAll(async () => {
    first = await startEngine({ book: TABLE_BOOK });
    second = await startEngine({ on: first });
    fast = await startEngine({ on: first, monotonicMs: () => performance.now() + 600_000 });
  });
  afterAll(async () => {
    for (const engine of [fast, second, first]) await engine.stop();
  });

  test('two that work on the same accounts leave gapless logs and right books', async () => {
    const customers = await Promise.all(Array.from({ length: 5 }, () => openCustomer(first.ledger, '1000')));
    await Promise.all(
      Array.from({ length: 400 }, async (_, n) => {
        const customer = customers[n % 5] as (typeof customers)[number];
        const [one, two] = n % 2 ? [first, second] : [second, first];
        const reservation = reserveUnits(customer, '2');
        expect(nameOf(await one.ledger.submit(reservation))).toBe('ok');
        const end = n % 7 ? settleUnits(customer, reservation.id, '1') : releaseOf(customer, reservation.id);
        expect(nameOf(await two.ledger.submit(end))).toBe('ok');
      }),
    );
    expect(await brokenBooks(first.owner)).toEqual([]);
  });

  test('two whose batches name the same buckets in opposite orders never wait for each other in a circle', async () => {
    const opened = await Promise.all(Array.from({ length: 30 }, () => openCustomer(first.ledger, '1000')));
    const customers = [...new Map(opened.map((customer) => [bucketOfCustomer(first, customer), customer])).values()];
    const engines = await Promise.all([startEngine({ on: first }), startEngine({ on: first })]);
    const orders = [customers, customers.toReversed()];
    // Somebody else has a bucket in the middle: each batch takes what comes before it in its order, and waits.
    const lock = await lockBucketOf(first, customers[customers.length >> 1] as Customer);
    const submitted = engines.flatMap(({ ledger }, n) =>
      (orders[n] ?? []).map((customer) => ledger.submit(reserveUnits(customer, '1'))),
    );
    await lock.blocks(2);
    await lock.release();
    expect(countNames(await Promise.all(submitted))).toEqual({ ok: 2 * customers.length });
    for (const engine of engines) await engine.stop();
    // A connection's counts are all told once it has ended; the engines of the other tests have nothing to wait for.
    await waitFor('the connections to end', async () => (await connections()) <= 3);
    const { rows } = await first.owner.query(
      'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
    );
    expect(rows).toEqual([{ deadlocks: 0 }]);
  });

  async function connections(): Promise<number> {
    const { rows } = await first.owner.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tollgate-engine'`,
    );
    return rows[0].n;
  }

  test('one whose clock is ten minutes fast does not end the holds of the others', async () => {
    const customer = await openCustomer(first.ledger, '10');
    const reservation = reserveUnits(customer, '10', newId(), 60_000);
    await succeed(first.ledger, reservation);
    expect(await fast.ledger.submit(reserveUnits(customer, '1'))).toMatchObject({
      code: 'INSUFFICIENT_BALANCE',
      details: { reason: 'funds_held' },
    });
    expect(Math.abs(fast.ledger.now() - first.ledger.now())).toBeLessThan(1000);
    const { rows } = await first.owner.query(
      `SELECT count(*)::int AS ahead FROM bucket WHERE now > clock_timestamp() + interval '1 minute'`,
    );
    expect(rows).toEqual([{ ahead: 0 }]);
  });

  test('a key revoked by one is refused by the other from its next batch on', async () => {
    const customer = await openCustomer(first.ledger, '10');
    await succeed(second.ledger, reserveUnits(customer, '1'));
    await succeed(first.ledger, {
      type: 'RevokeKey',
      id: newId(),
      accountId: customer.accountId,
      keyId: customer.keyId,
    });
    expect(await second.ledger.submit(reserveUnits(customer, '1'))).toMatchObject({
      ok: false,
      code: 'AUTHENTICATION_FAILED',
    });
  });

  test('a service token revoked anywhere is refused from the next batch on', async () => {
    const customer = await openCustomer(first.ledger, '10');
    const tokenId = newId();
    await first.owner.query(
      `INSERT INTO service_token (id, name, hash, scopes) VALUES ($1, 'gateway', sha256('x'), '{spend}')`,
      [tokenId],
    );
    const submit = () => second.ledger.submit(reserveUnits(customer, '1'), { tokenId, by: `token:${tokenId}` });
    expect(nameOf(await submit())).toBe('ok');
    await first.owner.query('UPDATE service_token SET revoked_at = now() WHERE id = $1', [tokenId]);
    expect(nameOf(await submit())).toBe('AUTHENTICATION_FAILED');
  });
});
