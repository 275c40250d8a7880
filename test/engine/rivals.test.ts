import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Command } from '../../src/core/ledger/commands.js';
import { Random } from '../kill/random.js';
import { TABLE_BOOK } from '../outcomes/table.js';
import { type EngineFixture, startEngine } from '../support/engine.js';
import { newId } from '../support/ids.js';
import { brokenBooks } from './books-check.js';
import { type Customer, nameOf, openCustomer, releaseOf, reserveUnits, settleUnits } from './scenario.js';

const SEED = Number(process.env['TEST_SEED'] ?? 4711);
const WORKERS = 24;
const COMMANDS_OF_WORKER = 250;
const FUNDED = 1_000_000n;

/** What the clients were told of one account, in whole dollars. */
interface Account {
  readonly customer: Customer;
  /** Open reservations that no worker works on just now, and what they hold. */
  readonly open: { id: string; hold: bigint }[];
  /** Charges that were not refunded. */
  readonly charges: string[];
  charged: bigint;
}

describe('two processes that fight over the same few accounts', () => {
  let engines: readonly [EngineFixture, EngineFixture];
  let accounts: Account[];
  beforeAll(async () => {
    const first = await startEngine({ book: TABLE_BOOK, buckets: 2 });
    engines = [first, await startEngine({ on: first })];
    const customers = await Promise.all(Array.from({ length: 4 }, () => openCustomer(first.ledger, FUNDED.toString())));
    accounts = customers.map((customer) => ({ customer, open: [], charges: [], charged: 0n }));
  });
  afterAll(async () => {
    for (const engine of [...engines].reverse()) await engine.stop();
  });

  /** Carries out one random command through an engine, and notes what it came to. Nothing of it may be refused. */
  async function step({ ledger }: EngineFixture, by: string, random: Random): Promise<void> {
    const account = random.pick(accounts);
    const { customer, open, charges } = account;
    const submit = async (command: Command): Promise<void> => {
      expect(nameOf(await ledger.submit(command, { by }))).toBe('ok');
    };
    const does = random.whole(0, 9);
    if (does < 4 || open.length === 0) {
      const hold = BigInt(random.whole(1, 9));
      const reservation = reserveUnits(customer, hold.toString());
      await submit(reservation);
      open.push({ id: reservation.id, hold });
    } else if (does === 4 && charges.length > 0) {
      const chargeId = charges.pop() as string;
      const { accountId } = customer;
      await submit({ type: 'Refund', id: newId(), accountId, chargeId, amount: '1', reason: 'test' });
      account.charged -= 1n;
    } else {
      const [reservation] = open.splice(random.whole(0, open.length - 1), 1) as [Account['open'][number]];
      await end(account, reservation, does, submit, random);
    }
  }

  async function end(
    account: Account,
    { id, hold }: Account['open'][number],
    does: number,
    submit: (command: Command) => Promise<void>,
    random: Random,
  ): Promise<void> {
    const { customer, open, charges } = account;
    if (does === 5) {
      await submit(releaseOf(customer, id));
    } else if (does === 6) {
      const { accountId } = customer;
      const more = hold + 1n;
      await submit({
        type: 'Extend',
        id: newId(),
        accountId,
        reservationId: id,
        ttlMs: 900_000,
        holdAmount: more.toString(),
      });
      open.push({ id, hold: more });
    } else {
      const units = BigInt(random.whole(1, Number(hold)));
      await submit(settleUnits(customer, id, units.toString()));
      account.charged += units;
      charges.push(id);
    }
  }

  test(`leave the books that their clients were told of (seed ${SEED})`, async () => {
    const random = new Random(SEED);
    const work = engines.flatMap((engine, n) =>
      Array.from({ length: WORKERS }, async () => {
        const own = random.fork();
        for (let count = 0; count < COMMANDS_OF_WORKER; count += 1) await step(engine, `process ${n}`, own);
      }),
    );
    await Promise.all(work);
    const { owner } = engines[0];
    for (const { customer, open, charged } of accounts) {
      const { rows } = await owner.query(
        'SELECT (balance / 1000000000)::bigint AS balance, (held / 1000000000)::bigint AS held FROM pocket WHERE account_id = $1',
        [customer.accountId],
      );
      const held = open.reduce((sum, { hold }) => sum + hold, 0n);
      expect(rows).toEqual([{ balance: String(FUNDED - charged), held: String(held) }]);
    }
    expect(await brokenBooks(owner)).toEqual([]);
    // Each change of hands is a race that the next one to append has lost, or would have.
    const { rows } = await owner.query(
      `SELECT bucket, count(*)::int AS turns FROM (
         SELECT bucket, body ->> 'by' AS by, lag(body ->> 'by') OVER (PARTITION BY bucket ORDER BY position) AS before
         FROM journal WHERE body ->> 'by' LIKE 'process%') j
       WHERE by <> before GROUP BY bucket`,
    );
    for (const { turns } of rows) expect(turns).toBeGreaterThanOrEqual(20);
    expect(rows.length).toBeGreaterThan(0);
  });
});
