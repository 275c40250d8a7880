import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Command } from '../../src/core/ledger/commands.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import { TABLE_BOOK } from '../outcomes/table.js';
import { type EngineFixture, startEngine } from '../support/engine.js';
import { newId } from '../support/ids.js';
import { brokenBooks } from './books-check.js';
import { type Customer, countNames, nameOf, openCustomer, releaseOf, reserveUnits, settleUnits } from './scenario.js';

describe('the hard ceiling', () => {
  let first: EngineFixture;
  let second: EngineFixture;
  beforeAll(async () => {
    first = await startEngine({ book: TABLE_BOOK });
    second = await startEngine({ on: first });
  });
  afterAll(async () => {
    await second.stop();
    await first.stop();
  });

  const ledgers = (): Ledger[] => [first.ledger, second.ledger];

  test('200 concurrent reserves of 1 against 100 admit exactly 100, in one process', async () => {
    const customer = await openCustomer(first.ledger, '100');
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, () => first.ledger.submit(reserveUnits(customer, '1'))),
    );
    expect(countNames(outcomes)).toEqual({ ok: 100, INSUFFICIENT_BALANCE: 100 });
    expect(await brokenBooks(first.owner)).toEqual([]);
  });

  test('200 concurrent reserves of 1 against 100 admit exactly 100, over two processes', async () => {
    const customer = await openCustomer(first.ledger, '100');
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, (_, n) => (ledgers()[n % 2] as Ledger).submit(reserveUnits(customer, '1'))),
    );
    expect(countNames(outcomes)).toEqual({ ok: 100, INSUFFICIENT_BALANCE: 100 });
    expect(await brokenBooks(first.owner)).toEqual([]);
  });

  test('mixed with settles, releases, extends and expiries, over two processes, the ceiling is never passed', async () => {
    const action = fc.record({
      does: fc.constantFrom('reserve', 'reserve', 'reserve', 'settle', 'release', 'extend', 'expire'),
      which: fc.nat({ max: 11 }),
      units: fc.integer({ min: 1, max: 9 }),
      ledger: fc.nat({ max: 1 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(action, { minLength: 1, maxLength: 12 }), { minLength: 2, maxLength: 6 }),
        async (bursts) => {
          const customer = await openCustomer(first.ledger, '20');
          const ids = Array.from({ length: 12 }, () => newId());
          for (const burst of bursts) {
            const outcomes = await Promise.all(
              burst.map(({ does, which, units, ledger }) =>
                (ledgers()[ledger] as Ledger).submit(commandFor(does, customer, ids[which] as string, String(units))),
              ),
            );
            for (const outcome of outcomes)
              expect(['INTERNAL', 'OUTCOME_UNKNOWN', 'UNAVAILABLE']).not.toContain(nameOf(outcome));
          }
          const { rows } = await first.owner.query('SELECT balance, held FROM pocket WHERE account_id = $1', [
            customer.accountId,
          ]);
          expect(BigInt(rows[0].held) <= BigInt(rows[0].balance)).toBe(true);
        },
      ),
      { numRuns: 25 },
    );
    expect(await brokenBooks(first.owner)).toEqual([]);
  });

  function commandFor(does: string, customer: Customer, id: string, units: string): Command {
    const { accountId } = customer;
    switch (does) {
      case 'reserve':
        return reserveUnits(customer, units, id, Number(units) > 7 ? 1 : 600_000);
      case 'settle':
        return settleUnits(customer, id, units);
      case 'release':
        return releaseOf(customer, id);
      case 'extend':
        return { type: 'Extend', id: newId(), accountId, reservationId: id, ttlMs: 600_000, holdAmount: units };
      default:
        return { type: 'Expire', id: newId(), accountId };
    }
  }
});
