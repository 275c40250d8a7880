import { performance } from 'node:perf_hooks';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Command } from '../../src/core/ledger/commands.js';
import type { Outcome } from '../../src/core/ledger/outcome.js';
import { TABLE_BOOK } from '../outcomes/table.js';
import { type EngineFixture, startEngine } from '../support/engine.js';
import { newId } from '../support/ids.js';
import { type CommitFault, PostgresProxy } from '../support/postgres-proxy.js';
import { waitFor } from '../support/waiting.js';
import { brokenBooks } from './books-check.js';
import { lockBucketOf } from './bucket-lock.js';
import { type Customer, countNames, nameOf, openCustomer, reserveUnits } from './scenario.js';

const OUTAGE_WAIT_MS = 400;

describe('an outage of the database', () => {
  let direct: EngineFixture;
  let proxy: PostgresProxy;
  let url: string;
  let customer: Customer;
  const opened: EngineFixture[] = [];
  beforeAll(async () => {
    direct = await startEngine({ book: TABLE_BOOK });
    ({ proxy, url } = await PostgresProxy.start(direct.url));
    customer = await openCustomer(direct.ledger, '1000');
  });
  afterEach(async () => {
    proxy.staysDown = false;
    proxy.bringUp();
    for (const engine of opened.splice(0)) await engine.stop();
  });
  afterAll(async () => {
    await proxy.stop();
    await direct.stop();
  });

  async function proxied(options: Parameters<typeof startEngine>[0] = {}): Promise<EngineFixture> {
    const engine = await startEngine({ on: direct, url, outageWaitMs: OUTAGE_WAIT_MS, ...options });
    opened.push(engine);
    return engine;
  }

  async function recover(engine: EngineFixture): Promise<void> {
    proxy.bringUp();
    const look = () => engine.ledger.submit({ type: 'Expire', id: newId(), accountId: customer.accountId });
    await waitFor('the engine to try again', async () => (await look()).ok);
  }

  const reserves = (count: number) => Array.from({ length: count }, () => reserveUnits(customer, '1'));

  test('that is over soon is not noticed by callers', async () => {
    const engine = await proxied({ outageWaitMs: 20_000 });
    proxy.takeDown();
    const answers = reserves(10).map((command) => engine.ledger.submit(command));
    proxy.bringUp();
    expect(countNames(await Promise.all(answers))).toEqual({ ok: 10 });
  });

  test('that lasts is UNAVAILABLE to those of whom nothing was sent, and they can be sent again', async () => {
    const engine = await proxied();
    proxy.takeDown();
    const commands = reserves(10);
    const outcomes = await Promise.all(commands.map((command) => engine.ledger.submit(command)));
    expect(countNames(outcomes)).toEqual({ UNAVAILABLE: 10 });
    for (const outcome of outcomes) expect(outcome).toMatchObject({ retryAfterMs: expect.any(Number) });
    await recover(engine);
    expect(countNames(await Promise.all(commands.map((command) => engine.ledger.submit(command))))).toEqual({ ok: 10 });
  });

  /** Sends two batches, of which the first waits for a lock, and cuts the connection at the second's commit, for longer. */
  async function cutTwoFlights(fault: CommitFault, first: () => void, second: () => void): Promise<void> {
    const lock = await lockBucketOf(direct, customer);
    first();
    await lock.blocks();
    proxy.staysDown = true;
    proxy.fault = fault;
    const { cuts } = proxy;
    second();
    await waitFor('the cut', () => proxy.cuts > cuts);
    await lock.release();
  }

  test.each(['cut-before-commit', 'cut-after-commit'] as const)(
    'that begins at a commit (%s) is OUTCOME_UNKNOWN to what was sent, UNAVAILABLE to the rest, and the same id settles it',
    async (fault) => {
      const engine = await proxied({ batchMax: 5 });
      const commands = reserves(15);
      const answers: Promise<Outcome>[] = [];
      const submit = (from: number, to: number) => () => {
        answers.push(...commands.slice(from, to).map((command) => engine.ledger.submit(command)));
      };
      await cutTwoFlights(fault, submit(0, 5), submit(5, 15));
      const sent = commands.map((_, n) => (n < 10 ? 'OUTCOME_UNKNOWN' : 'UNAVAILABLE'));
      expect((await Promise.all(answers)).map(nameOf)).toEqual(sent);
      const arrived = fault === 'cut-after-commit' ? 10 : 5;
      await waitFor('PostgreSQL to carry out what it got', async () => (await journaled(commands)) === arrived);
      await recover(engine);
      const again = await Promise.all(commands.map((command) => engine.ledger.submit(command)));
      expect(again.map(nameOf)).toEqual(commands.map((_, n) => (n < arrived ? 'replayed' : 'ok')));
      expect(await brokenBooks(direct.owner)).toEqual([]);
    },
  );

  async function journaled(commands: readonly Command[]): Promise<number> {
    const ids = commands.map(({ id }) => id);
    const { rows } = await direct.owner.query('SELECT count(*)::int AS n FROM journal WHERE command_id = any($1)', [
      ids,
    ]);
    return rows[0].n;
  }

  test('that begins at a commit leaves no refusal behind that was decided on what may not be there', async () => {
    const engine = await proxied();
    const poor = await openCustomer(direct.ledger, '10');
    proxy.staysDown = true;
    proxy.fault = 'cut-before-commit';
    const [all, more] = [reserveUnits(poor, '10'), reserveUnits(poor, '1')];
    const outcomes = await Promise.all([engine.ledger.submit(all), engine.ledger.submit(more)]);
    expect(outcomes.map(nameOf)).toEqual(['OUTCOME_UNKNOWN', 'OUTCOME_UNKNOWN']);
    expect(nameOf(await direct.ledger.submit(more))).toBe('ok');
  });

  test('is waited for once, not once by every batch', async () => {
    const engine = await proxied({ batchMax: 1 });
    proxy.takeDown();
    const began = performance.now();
    const outcomes = await Promise.all(reserves(20).map((command) => engine.ledger.submit(command)));
    expect(countNames(outcomes)).toEqual({ UNAVAILABLE: 20 });
    expect(performance.now() - began).toBeLessThan(8 * OUTAGE_WAIT_MS);
  });

  test('ends the wait of a command whose deadline passes: with its deadline, or with what is not known', async () => {
    const engine = await proxied({ outageWaitMs: 20_000, batchMax: 1 });
    const answers: Promise<Outcome>[] = [];
    const submit = (count: number) => () => {
      const deadlineMs = Date.now() + 200;
      answers.push(...reserves(count).map((command) => engine.ledger.submit(command, { deadlineMs })));
    };
    await cutTwoFlights('cut-before-commit', submit(1), submit(2));
    expect((await Promise.all(answers)).map(nameOf)).toEqual([
      'OUTCOME_UNKNOWN',
      'OUTCOME_UNKNOWN',
      'DEADLINE_EXCEEDED',
    ]);
  });

  test.each([
    ['cut-after-commit', 'ok'],
    ['cut-before-commit', 'AUTHENTICATION_FAILED'],
  ] as const)(
    '(%s) during which the service token is revoked: what is in the books is told as %s',
    async (fault, told) => {
      const engine = await proxied({ outageWaitMs: 20_000 });
      const tokenId = newId();
      await direct.owner.query(
        `INSERT INTO service_token (id, name, hash, scopes) VALUES ($1, 'gateway', sha256($2), '{spend}')`,
        [tokenId, tokenId],
      );
      proxy.staysDown = true;
      proxy.fault = fault;
      const cuts = proxy.cuts;
      const command = reserveUnits(customer, '1');
      const answer = engine.ledger.submit(command, { tokenId });
      await waitFor('the cut', () => proxy.cuts > cuts);
      await direct.owner.query('UPDATE service_token SET revoked_at = now() WHERE id = $1', [tokenId]);
      proxy.bringUp();
      expect(nameOf(await answer)).toBe(told);
      expect(nameOf(await direct.ledger.submit(command))).toBe(told === 'ok' ? 'replayed' : 'ok');
    },
  );

  test('does not keep a drain from ending', async () => {
    const engine = await proxied();
    proxy.takeDown();
    const answers = reserves(3).map((command) => engine.ledger.submit(command));
    await engine.ledger.drain();
    expect(countNames(await Promise.all(answers))).toEqual({ UNAVAILABLE: 3 });
  });

  test('connections that are ended under load are replaced, and nothing is lost or done twice', async () => {
    const engine = await proxied({ outageWaitMs: 20_000, lanes: 2, batchMax: 10 });
    const commands = reserves(150);
    let answered = 0;
    const answers = commands.map((command) => engine.ledger.submit(command).finally(() => (answered += 1)));
    for (let round = 1; round <= 5; round += 1) {
      await waitFor('the load to go on', () => answered >= round * 20);
      await direct.owner.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'tollgate%'`,
      );
    }
    expect(countNames(await Promise.all(answers))).toEqual({ ok: 150 });
    expect(countNames(await Promise.all(commands.map((command) => direct.ledger.submit(command))))).toEqual({
      replayed: 150,
    });
    expect(await brokenBooks(direct.owner)).toEqual([]);
  });

  test('the end of the connection that waits for a locked bucket makes the batch wait on another', async () => {
    const engine = await proxied({ outageWaitMs: 20_000 });
    const lock = await lockBucketOf(direct, customer);
    const answer = engine.ledger.submit(reserveUnits(customer, '1'));
    for (let round = 0; round < 3; round += 1) {
      await lock.blocks();
      await direct.owner.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
    }
    await lock.blocks();
    await lock.release();
    expect(nameOf(await answer)).toBe('ok');
  });

  test('a process that stood still for ten minutes asks the database what time it is before it goes on', async () => {
    let stoodStillMs = 0;
    const engine = await proxied({ monotonicMs: () => performance.now() + stoodStillMs });
    const [held] = reserves(1);
    await engine.ledger.submit(held as NonNullable<typeof held>);
    stoodStillMs = 600_000;
    expect(() => engine.ledger.now()).toThrow('more than 5 s ago');
    expect(nameOf(await engine.ledger.submit(reserveUnits(customer, '1')))).toBe('ok');
    expect(Math.abs(engine.ledger.now() - direct.ledger.now())).toBeLessThan(1000);
    stoodStillMs = 1_200_000;
    proxy.takeDown();
    expect(nameOf(await engine.ledger.submit(reserveUnits(customer, '1')))).toBe('UNAVAILABLE');
  });
});
