import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Outcome } from '../../src/core/ledger/outcome.js';
import { TABLE_BOOK } from '../outcomes/table.js';
import { type EngineFixture, startEngine } from '../support/engine.js';
import { type BucketLock, lockBucketOf } from './bucket-lock.js';
import { type Customer, countNames, nameOf, openCustomer, reserveUnits } from './scenario.js';

/** More than the batches under way when the queue is looked at: two, of at most so many. */
const BATCH_MAX = 100;
const UNDER_WAY_MAX = 2 * BATCH_MAX;

describe('commands of several sources', () => {
  let home: EngineFixture;
  let customer: Customer;
  let engine: EngineFixture;
  let lock: BucketLock;
  let underWay: Promise<Outcome>;
  beforeAll(async () => {
    home = await startEngine({ book: TABLE_BOOK });
    customer = await openCustomer(home.ledger, '100000');
  });
  afterEach(() => engine.stop());
  afterAll(() => home.stop());

  /** An engine in the middle of a batch that waits for somebody else's lock. */
  async function busyEngine(options: Parameters<typeof startEngine>[0]): Promise<void> {
    engine = await startEngine({ on: home, batchMax: BATCH_MAX, ...options });
    lock = await lockBucketOf(home, customer);
    underWay = engine.ledger.submit(reserveUnits(customer, '1'));
    await lock.blocks();
  }

  /** So many commands of that source, in the order in which they are submitted. */
  function submit(source: string, count: number): { ids: string[]; outcomes: Promise<Outcome>[] } {
    const commands = Array.from({ length: count }, () => reserveUnits(customer, '1'));
    return {
      ids: commands.map(({ id }) => id),
      outcomes: commands.map((command) => engine.ledger.submit(command, { source })),
    };
  }

  /** In which order the journal has them: of each its place among all of them. */
  async function places(...groups: readonly (readonly string[])[]): Promise<number[][]> {
    const { rows } = await home.owner.query<{ command_id: string }>(
      'SELECT command_id FROM journal WHERE account_id = $1 AND command_id = ANY($2) ORDER BY position',
      [customer.accountId, groups.flat()],
    );
    const order = new Map(rows.map(({ command_id }, place) => [command_id, place]));
    return groups.map((ids) => ids.map((id) => order.get(id) ?? -1));
  }

  test('are carried out in turn: the tenth of a modest one waits for few of a greedy one', async () => {
    await busyEngine({});
    const greedy = submit('greedy', 4000);
    const modest = submit('modest', 10);
    await lock.release();
    expect(countNames(await Promise.all([underWay, ...greedy.outcomes, ...modest.outcomes]))).toEqual({ ok: 4011 });
    const [ofGreedy, ofModest] = (await places(greedy.ids, modest.ids)) as [number[], number[]];
    for (const [index, place] of ofModest.entries()) expect(place).toBeLessThan(UNDER_WAY_MAX + 2 * (index + 1));
    // And each keeps its own order.
    expect(ofGreedy).toEqual(ofGreedy.toSorted((a, b) => a - b));
    expect(ofModest).toEqual(ofModest.toSorted((a, b) => a - b));
  });

  test('share what there is, however many they are', async () => {
    await busyEngine({});
    const greedy = submit('greedy', 1000);
    const others = Array.from({ length: 20 }, (_, n) => submit(`modest-${n}`, 5));
    const last = submit('last', 3);
    await lock.release();
    const all = [greedy, ...others, last];
    await Promise.all(all.flatMap(({ outcomes }) => outcomes));
    const [, ...modest] = await places(...all.map(({ ids }) => ids));
    for (const ofOne of modest)
      for (const [index, place] of ofOne.entries()) expect(place).toBeLessThan(UNDER_WAY_MAX + 22 * (index + 1));
    expect(nameOf(await underWay)).toBe('ok');
  });

  test('without a source are in the turn of whoever sends them', async () => {
    await busyEngine({});
    const commands = Array.from({ length: 1000 }, () => reserveUnits(customer, '1'));
    const greedy = commands.map((command) => engine.ledger.submit(command, { by: 'token:a' }));
    const modest = reserveUnits(customer, '1');
    const answered = engine.ledger.submit(modest, { by: 'token:b' });
    await lock.release();
    await Promise.all([underWay, answered, ...greedy]);
    const [, ofModest] = await places(
      commands.map(({ id }) => id),
      [modest.id],
    );
    expect(ofModest?.[0]).toBeLessThan(UNDER_WAY_MAX + 2);
  });

  test('who fills the queue is refused what is over its share; others get in, up to twice what may wait', async () => {
    await busyEngine({ queueMax: 12, batchMax: 1 });
    const greedy = submit('greedy', 20);
    const refused = greedy.outcomes.slice(12);
    expect(await Promise.all(refused)).toEqual(
      refused.map(() => expect.objectContaining({ code: 'RESOURCE_EXHAUSTED', retryAfterMs: expect.any(Number) })),
    );
    // The second may have half of 12, the next a third of them, and so on, until 24 wait.
    const others = ['b', 'c', 'd'].map((source) => submit(source, 12).outcomes);
    const shares = [6, 4, 2];
    const over = [...others.flatMap((outcomes, n) => outcomes.slice(shares[n])), ...submit('e', 1).outcomes];
    expect(countNames(await Promise.all(over))).toEqual({ RESOURCE_EXHAUSTED: 25 });
    await lock.release();
    const letIn = [...greedy.outcomes.slice(0, 12), ...others.flatMap((outcomes, n) => outcomes.slice(0, shares[n]))];
    expect(countNames(await Promise.all([underWay, ...letIn]))).toEqual({ ok: 25 });
  });
});
