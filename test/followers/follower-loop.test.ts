import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { bucketOf } from '../../src/core/ledger/ids.js';
import { JournalReader } from '../../src/journal/journal-reader.js';
import { type Customer, openCustomer, reserveUnits, settleUnits, succeed } from '../engine/scenario.js';
import { TABLE_BOOK } from '../outcomes/table.js';
import { type EngineFixture, startEngine } from '../support/engine.js';
import { newId } from '../support/ids.js';
import { createHandled, follower, lag, type TestFollower, until, writeDown, wronglyHandled } from './handled.js';

const BUCKETS = 4;

describe('followers', () => {
  let engine: EngineFixture;
  let followers: TestFollower[] = [];

  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(['log', 'warn', 'error', 'fatal']));
  beforeEach(async () => {
    engine = await startEngine({ book: TABLE_BOOK, buckets: BUCKETS });
    await createHandled(engine.owner);
  });
  afterEach(async () => {
    for (const one of followers) await one.stop();
    followers = [];
    await engine.stop();
  });

  function start(...given: Parameters<typeof follower> extends [string, ...infer Rest] ? Rest : never): TestFollower {
    const one = follower(engine.url, ...given);
    followers.push(one);
    one.loop.start();
    return one;
  }

  async function customerIn(bucket: number): Promise<Customer> {
    for (;;) {
      const customer = await openCustomer(engine.ledger, '1000');
      if (bucketOf(customer.accountId, BUCKETS) === bucket) return customer;
    }
  }

  async function spend(customer: Customer, times: number): Promise<void> {
    await Promise.all(
      Array.from({ length: times }, async () => {
        const reservation = reserveUnits(customer, '1');
        await succeed(engine.ledger, reservation);
        await succeed(engine.ledger, settleUnits(customer, reservation.id, '1'));
      }),
    );
  }

  const caughtUp = () => until(async () => (await lag(engine.owner)) === 0);

  test('a transaction held open on a bucket is neither skipped nor waited for', async () => {
    const customer = await customerIn(0);
    const other = await customerIn(1);
    start();
    await caughtUp();
    const positionOf = async (): Promise<number> => {
      const { rows } = await engine.owner.query(
        `SELECT position FROM follower_cursor WHERE follower = 'test' AND bucket = 0`,
      );
      return Number(rows[0]?.position);
    };
    const before = await positionOf();
    const held = await engine.owner.connect();
    try {
      await held.query('BEGIN');
      await held.query('UPDATE bucket SET position = position + 1 WHERE bucket = 0');
      await held.query(
        `INSERT INTO journal SELECT j.bucket, b.position, account_id, $1, slot, type, j.now, body
         FROM journal j JOIN bucket b USING (bucket) WHERE j.bucket = 0 AND j.account_id = $2 LIMIT 1`,
        [newId(), customer.accountId],
      );
      await spend(other, 20);
      await caughtUp();
      expect(await positionOf()).toBe(before);
      await held.query('COMMIT');
    } finally {
      held.release(true);
    }
    await caughtUp();
    expect(await positionOf()).toBe(before + 1);
    expect(await wronglyHandled(engine.owner)).toEqual([]);
  });

  test('two processes that race for every bucket handle each row once', async () => {
    const customers = await Promise.all([0, 1, 2, 3].map(customerIn));
    let racing = true;
    // Leases that always look free: each process takes all it can get, and believes that it holds them.
    const thief = (async () => {
      while (racing) await engine.owner.query(`UPDATE follower_lease SET until = 'epoch'`);
    })();
    start({ rowsMax: 7, leaseMs: 150 });
    start({ rowsMax: 5, leaseMs: 150 });
    try {
      await Promise.all(customers.map((customer) => spend(customer, 150)));
      await caughtUp();
    } finally {
      racing = false;
      await thief;
    }
    expect(await wronglyHandled(engine.owner)).toEqual([]);
  });

  test('leases are spread over the processes, and taken over from one that stops', async () => {
    const first = start({ leaseMs: 300 });
    await until(() => first.loop.buckets.length === BUCKETS);
    const second = start({ leaseMs: 300 });
    await until(() => first.loop.buckets.length === 2 && second.loop.buckets.length === 2);
    await first.loop.stop();
    await until(() => second.loop.buckets.length === BUCKETS);
  });

  test('one paused between its look and its work, past its lease, changes nothing when it goes on', async () => {
    const customer = await customerIn(2);
    let resume = () => {};
    const gate = new Promise<void>((resolve) => {
      resume = resolve;
    });
    let paused = false;
    class PausedReader extends JournalReader {
      override async read(...args: Parameters<JournalReader['read']>): ReturnType<JournalReader['read']> {
        const entries = await super.read(...args);
        paused = true;
        await gate;
        return entries;
      }
    }
    start({ leaseMs: 300 }, (database) => new PausedReader(database));
    await until(() => paused);
    start({ leaseMs: 300 });
    await spend(customer, 20);
    await caughtUp();
    resume();
    await spend(customer, 20);
    await caughtUp();
    expect(await wronglyHandled(engine.owner)).toEqual([]);
  });

  test('one paused within its transaction, past its lease, is ended by the database and changes nothing', async () => {
    const customer = await customerIn(2);
    let resume = () => {};
    const gate = new Promise<void>((resolve) => {
      resume = resolve;
    });
    let paused = 0;
    const late = start({
      leaseMs: 400,
      handle: async (client, bucket, entries) => {
        await writeDown(client, bucket, entries);
        paused += 1;
        await gate;
      },
    });
    await until(() => paused > 0);
    start({ leaseMs: 400 });
    await spend(customer, 20);
    await caughtUp();
    resume();
    await late.loop.stop();
    expect(await wronglyHandled(engine.owner)).toEqual([]);
  });

  test('a failing row is tried again and nothing is lost', async () => {
    const customer = await customerIn(3);
    let failures = 3;
    start({
      handle: async (client, bucket, entries) => {
        await writeDown(client, bucket, entries);
        failures -= 1;
        if (failures >= 0) throw new Error('not yet');
      },
    });
    await spend(customer, 5);
    await caughtUp();
    expect(failures).toBeLessThan(0);
    expect(await wronglyHandled(engine.owner)).toEqual([]);
  });

  test('a hole in a log stops the follower of that bucket, and no other', async () => {
    const broken = await customerIn(0);
    const whole = await customerIn(1);
    await engine.owner.query('DELETE FROM journal WHERE bucket = 0 AND position = 2');
    start();
    await spend(whole, 5);
    await spend(broken, 5);
    await until(async () => {
      const { rowCount } = await engine.owner.query(
        `SELECT FROM bucket b JOIN follower_cursor c USING (bucket, position) WHERE c.follower = 'test' AND bucket <> 0`,
      );
      return rowCount === BUCKETS - 1;
    });
    const { rows } = await engine.owner.query(
      `SELECT position FROM follower_cursor WHERE follower = 'test' AND bucket = 0`,
    );
    expect(rows).toEqual([{ position: '0' }]);
    await expect(new JournalReader(engine.database).read(0, 0, 10)).rejects.toThrow('position 3 where 2 was expected');
  });
});
