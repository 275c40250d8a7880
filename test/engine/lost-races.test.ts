import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Command } from '../../src/core/ledger/commands.js';
import type { Outcome } from '../../src/core/ledger/outcome.js';
import { TABLE_BOOK } from '../outcomes/table.js';
import { type EngineFixture, startEngine } from '../support/engine.js';
import { PostgresProxy } from '../support/postgres-proxy.js';
import { waitFor } from '../support/waiting.js';
import { brokenBooks } from './books-check.js';
import { lockBucketOf } from './bucket-lock.js';
import { beginRival, warmUp } from './rival.js';
import { type Customer, nameOf, openCustomer, releaseOf, reserveUnits, settleUnits, succeed } from './scenario.js';

describe('two batches of one lane under way', () => {
  let home: EngineFixture;
  let engine: EngineFixture;
  let proxy: PostgresProxy;
  let customer: Customer;
  beforeAll(async () => {
    home = await startEngine({ book: TABLE_BOOK });
  });
  beforeEach(async () => {
    const started = await PostgresProxy.start(home.url);
    proxy = started.proxy;
    engine = await startEngine({ on: home, url: started.url });
    customer = await openCustomer(engine.ledger, '10');
    await warmUp(engine, customer);
  });
  afterEach(async () => {
    await engine.stop();
    await proxy.stop();
    expect(await brokenBooks(home.owner)).toEqual([]);
  });
  afterAll(() => home.stop());

  /** Submits each batch once the one before is sent; PostgreSQL must not let the first of them through meanwhile. */
  async function sendBatches(...batches: Command[][]): Promise<Promise<Outcome>[]> {
    const answers: Promise<Outcome>[] = [];
    for (const batch of batches) {
      const { commits } = proxy;
      answers.push(...batch.map((command) => engine.ledger.submit(command)));
      await waitFor('the batch to be sent', () => proxy.commits === commits + 1);
    }
    return answers;
  }

  async function names(answers: readonly Promise<Outcome>[]): Promise<string[]> {
    return (await Promise.all(answers)).map(nameOf);
  }

  async function rowsOf(commands: readonly Command[]): Promise<number[]> {
    const { rows } = await home.owner.query<{ n: number }>(
      `SELECT (SELECT count(*)::int FROM journal WHERE command_id = w.id) AS n
       FROM unnest($1::uuid[]) WITH ORDINALITY AS w(id, place) ORDER BY place`,
      [commands.map(({ id }) => id)],
    );
    return rows.map(({ n }) => n);
  }

  test('that lose a race are both decided again, on what the winner left', async () => {
    const rival = await beginRival(home, reserveUnits(customer, '8'));
    const commands = ['3', '3', '1'].map((units) => reserveUnits(customer, units));
    const [one, two, three] = commands as [Command, Command, Command];
    const answers = await sendBatches([one], [two, three]);
    await rival.commit();
    expect(await names(answers)).toEqual(['INSUFFICIENT_BALANCE', 'INSUFFICIENT_BALANCE', 'ok']);
    expect(await rowsOf(commands)).toEqual([0, 0, 1]);
  });

  test('tell nobody of the second before the first is committed, not even refusals', async () => {
    const old = reserveUnits(customer, '5');
    await succeed(engine.ledger, old);
    const rival = await beginRival(home, releaseOf(customer, old.id));
    const answers = await sendBatches([reserveUnits(customer, '5')], [reserveUnits(customer, '1')]);
    let answered = 0;
    for (const answer of answers) void answer.then(() => (answered += 1));
    await home.owner.query('SELECT 1');
    expect(answered).toBe(0);
    await rival.commit();
    // Refused it would have been for money that the winner set free.
    expect(await names(answers)).toEqual(['ok', 'ok']);
  });

  test('are answered in their order, the second on what the first left', async () => {
    const lock = await lockBucketOf(home, customer);
    const answers = await sendBatches(
      [reserveUnits(customer, '9')],
      [reserveUnits(customer, '2'), reserveUnits(customer, '1')],
    );
    const order: number[] = [];
    for (const [n, answer] of answers.entries()) void answer.then(() => order.push(n));
    await lock.release();
    expect(await names(answers)).toEqual(['ok', 'INSUFFICIENT_BALANCE', 'ok']);
    expect(order).toEqual([0, 1, 2]);
  });

  test('fail together when the first repeats an id, and each other command is carried out once, in order', async () => {
    const repeated = reserveUnits(customer, '1');
    await succeed(home.ledger, repeated);
    await warmUp(engine, customer);
    const [one, two, three] = ['1', '2', '3'].map((units) => reserveUnits(customer, units)) as [
      Command,
      Command,
      Command,
    ];
    const lock = await lockBucketOf(home, customer);
    const answers = await sendBatches([one, repeated, two], [settleUnits(customer, one.id, '1'), three]);
    await lock.release();
    expect(await names(answers)).toEqual(['ok', 'replayed', 'ok', 'ok', 'ok']);
    expect(await rowsOf([one, repeated, two, three])).toEqual([2, 1, 1, 1]);
  });

  test('are followed by batches that lock before they read, for a while', async () => {
    const rival = await beginRival(home, reserveUnits(customer, '1'));
    const answers = await sendBatches([reserveUnits(customer, '1')]);
    await rival.commit();
    expect(await names(answers)).toEqual(['ok']);
    expect(await waitsIn()).toMatch(/FOR UPDATE/);
    await warmUp(engine, customer);
    expect(await waitsIn()).toMatch(/UPDATE bucket/);
  });

  /** The statement in which the next batch waits for a bucket that is locked. */
  async function waitsIn(): Promise<string> {
    const lock = await lockBucketOf(home, customer);
    const answer = engine.ledger.submit(reserveUnits(customer, '1'));
    await lock.blocks();
    const { rows } = await home.owner.query<{ query: string }>(
      `SELECT query FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'tollgate-engine' AND wait_event_type = 'Lock'`,
    );
    await lock.release();
    expect(nameOf(await answer)).toBe('ok');
    return rows[0]?.query ?? '';
  }

  test.each(['cut-before-commit', 'cut-after-commit'] as const)(
    'whose connection is lost at the commit of the second (%s) are carried out once each',
    async (fault) => {
      const commands = Array.from({ length: 6 }, () => reserveUnits(customer, '1'));
      const lock = await lockBucketOf(home, customer);
      const answers = await sendBatches(commands.slice(0, 3));
      const { cuts } = proxy;
      proxy.fault = fault;
      answers.push(...commands.slice(3).map((command) => engine.ledger.submit(command)));
      await waitFor('the cut', () => proxy.cuts > cuts);
      await lock.release();
      expect(await names(answers)).toEqual(commands.map(() => 'ok'));
      expect(await names(commands.map((command) => home.ledger.submit(command)))).toEqual(
        commands.map(() => 'replayed'),
      );
      expect(await rowsOf(commands)).toEqual(commands.map(() => 1));
    },
  );

  test('whose connection is lost while PostgreSQL still works on them are carried out once each', async () => {
    const commands = Array.from({ length: 6 }, () => reserveUnits(customer, '1'));
    const lock = await lockBucketOf(home, customer);
    const answers = await sendBatches(commands.slice(0, 3), commands.slice(3));
    proxy.takeDown();
    proxy.bringUp();
    // The lost connection and the one that looks for what became of its batches.
    await lock.blocks(2);
    await lock.release();
    expect(await names(answers)).toEqual(commands.map(() => 'ok'));
    expect(await names(commands.map((command) => home.ledger.submit(command)))).toEqual(commands.map(() => 'replayed'));
    expect(await rowsOf(commands)).toEqual(commands.map(() => 1));
  });
});
