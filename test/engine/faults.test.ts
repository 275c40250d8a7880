import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TABLE_BOOK } from '../outcomes/table.js';
import { type EngineFixture, startEngine } from '../support/engine.js';
import { PostgresProxy } from '../support/postgres-proxy.js';
import { brokenBooks } from './books-check.js';
import { type Customer, countNames, nameOf, openCustomer, reserveUnits, settleUnits } from './scenario.js';

describe('a connection that is cut while COMMIT is under way', () => {
  let direct: EngineFixture;
  let proxied: EngineFixture;
  let proxy: PostgresProxy;
  beforeAll(async () => {
    direct = await startEngine({ book: TABLE_BOOK });
    const started = await PostgresProxy.start(direct.url);
    proxy = started.proxy;
    proxied = await startEngine({ on: direct, url: started.url });
  });
  afterAll(async () => {
    await proxied.stop();
    await proxy.stop();
    await direct.stop();
  });

  test.each(['cut-before-commit', 'cut-after-commit'] as const)(
    '%s: every command is carried out once and answered as if nothing had been',
    async (fault) => {
      const customer = await openCustomer(direct.ledger, '100');
      const commands = Array.from({ length: 20 }, () => reserveUnits(customer, '1'));
      proxy.fault = fault;
      const cuts = proxy.cuts;
      const outcomes = await Promise.all(commands.map((command) => proxied.ledger.submit(command)));
      expect(proxy.cuts).toBe(cuts + 1);
      expect(countNames(outcomes)).toEqual({ ok: 20 });
      expect(await heldBy(customer)).toBe('20000000000');
      const again = await Promise.all(commands.map((command) => direct.ledger.submit(command)));
      expect(countNames(again)).toEqual({ replayed: 20 });
      expect(await brokenBooks(direct.owner)).toEqual([]);
    },
  );

  test('a refusal is only told once the batch it was decided in is durable', async () => {
    const customer = await openCustomer(direct.ledger, '10');
    proxy.fault = 'cut-before-commit';
    const [taken, refused] = await Promise.all([
      proxied.ledger.submit(reserveUnits(customer, '10')),
      proxied.ledger.submit(reserveUnits(customer, '1')),
    ]);
    expect([taken, refused].map(nameOf)).toEqual(['ok', 'INSUFFICIENT_BALANCE']);
    expect(await heldBy(customer)).toBe('10000000000');
  });

  test('many cuts under load: what was answered is in the books, once', async () => {
    const customer = await openCustomer(direct.ledger, '1000');
    let charged = 0;
    for (let round = 0; round < 10; round += 1) {
      proxy.fault = round % 2 ? 'cut-before-commit' : 'cut-after-commit';
      await Promise.all(
        Array.from({ length: 15 }, async () => {
          const reservation = reserveUnits(customer, '2');
          expect(nameOf(await proxied.ledger.submit(reservation))).toBe('ok');
          expect(nameOf(await proxied.ledger.submit(settleUnits(customer, reservation.id, '1')))).toBe('ok');
          charged += 1;
        }),
      );
    }
    const { rows } = await direct.owner.query('SELECT balance, held FROM pocket WHERE account_id = $1', [
      customer.accountId,
    ]);
    expect(rows).toEqual([{ balance: String((1000n - BigInt(charged)) * 1_000_000_000n), held: '0' }]);
    expect(await brokenBooks(direct.owner)).toEqual([]);
  });

  async function heldBy(customer: Customer): Promise<string> {
    const { rows } = await direct.owner.query('SELECT held FROM pocket WHERE account_id = $1', [customer.accountId]);
    return rows[0].held;
  }
});
