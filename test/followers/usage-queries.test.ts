import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { JournalEntry } from '../../src/journal/journal-entry.js';
import { JournalReader } from '../../src/journal/journal-reader.js';
import { foldUsage } from '../../src/usage/fold-usage.js';
import { UsageFollower } from '../../src/usage/usage-follower.js';
import { UsageQueries } from '../../src/usage/usage-queries.js';
import type { UsageQuery, UsageReport } from '../../src/usage/usage-query.js';
import { UsageTable } from '../../src/usage/usage-table.js';
import { openCustomer, reserveUnits, settleUnits, succeed } from '../engine/scenario.js';
import { TABLE_BOOK } from '../outcomes/table.js';
import { type EngineFixture, startEngine } from '../support/engine.js';
import { newId } from '../support/ids.js';
import { fillBooks, passTime } from './books.js';
import { lag, until } from './handled.js';
import { wholeJournal } from './usage-fold.js';

/** What a query by model must answer after each of these rows. */
function momentsOf(entries: readonly JournalEntry[]): string[] {
  const table = new UsageTable();
  return entries.map((entry) => {
    for (const { group, sums } of foldUsage([entry]).increments) {
      table.add({ key_id: null, model: group.model, at: null, asset: group.asset }, sums);
    }
    return JSON.stringify(table.rows(new Map()));
  });
}

describe('usage queries', () => {
  let engine: EngineFixture;
  let queries: UsageQueries;
  let follower: UsageFollower;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    engine = await startEngine({ book: TABLE_BOOK, buckets: 4 });
    queries = new UsageQueries(engine.database, new JournalReader(engine.database));
    follower = new UsageFollower(engine.database, new JournalReader(engine.database));
  });
  afterAll(async () => {
    await follower.stop();
    await engine.stop();
    Logger.overrideLogger(['log', 'warn', 'error', 'fatal']);
  });

  async function report(query: UsageQuery): Promise<UsageReport> {
    const answer = await queries.query(query);
    if (!answer.ok) throw new Error(`${answer.code} ${answer.message}`);
    return answer;
  }

  test('every answer given while commands and follower run is the fold of some moment, and moments go forward', async () => {
    const customer = await openCustomer(engine.ledger, '10000');
    const { accountId } = customer;
    let spending = true;
    const load = Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let n = 0; n < 60; n += 1) {
          const reservation = reserveUnits(customer, '2');
          await succeed(engine.ledger, reservation);
          await succeed(engine.ledger, settleUnits(customer, reservation.id, String(1 + (n % 3))));
          if (n % 5 === 1) {
            await succeed(engine.ledger, {
              type: 'Refund',
              id: newId(),
              accountId,
              chargeId: reservation.id,
              reason: 'test',
            });
          }
        }
      }),
    ).finally(() => {
      spending = false;
    });
    const seen: string[] = [];
    for (let n = 0; spending; n += 1) {
      if (n % 6 === 0) follower.start();
      if (n % 6 === 3) await follower.stop();
      seen.push(JSON.stringify((await report({ accountId, groupBy: ['model'] })).rows));
      await turn();
    }
    await load;
    const moments = momentsOf(await wholeJournal(engine.owner, accountId));
    let moment = 0;
    for (const answer of seen) {
      const next = moments.indexOf(answer, moment);
      expect({ answer, from: moment, found: next >= 0 }).toMatchObject({ found: true });
      moment = next;
    }
    expect(seen.length).toBeGreaterThan(10);
  });

  test('the answer is the same before, while and after the follower reads', async () => {
    await follower.stop();
    const { accountIds } = await fillBooks(engine, 31, 10, 80);
    const ask = () =>
      Promise.all(accountIds.map((accountId) => report({ accountId, groupBy: ['key', 'model', 'hour'] })));
    const before = await ask();
    follower.start();
    const meanwhile = await ask();
    await until(async () => (await lag(engine.owner, 'usage')) === 0);
    const after = await ask();
    expect(meanwhile).toEqual(before);
    expect(after).toEqual(before);
    expect(before.flatMap(({ rows }) => rows).length).toBeGreaterThan(10);
    expect(before[0]?.rows[0]?.keyLabel).toBe('key');
  });

  test('interim settles do not count as requests; what they charged counts, and once released the request does', async () => {
    const customer = await openCustomer(engine.ledger, '100');
    const { accountId } = customer;
    const interim = (reservationId: string, units: string) =>
      succeed(engine.ledger, {
        type: 'Settle',
        id: newId(),
        accountId,
        reservationId,
        final: false,
        candidate: 0,
        usage: { units },
      });
    const settled = reserveUnits(customer, '5');
    const released = reserveUnits(customer, '5');
    await succeed(engine.ledger, settled);
    await succeed(engine.ledger, released);
    await interim(settled.id, '3');
    await interim(released.id, '2');
    expect((await report({ accountId })).totals).toMatchObject([{ requests: 0, billed: '5', usage: { units: '5' } }]);
    await succeed(engine.ledger, settleUnits(customer, settled.id, '1'));
    await succeed(engine.ledger, { type: 'Release', id: released.id, accountId, reservationId: released.id });
    expect((await report({ accountId })).totals).toMatchObject([{ requests: 2, billed: '3', usage: { units: '3' } }]);
  });

  test('days begin at midnight of the time zone, also where its offset is no whole hour', async () => {
    const customer = await openCustomer(engine.ledger, '100');
    const { accountId } = customer;
    for (let n = 0; n < 8; n += 1) {
      await succeed(engine.ledger, {
        type: 'Charge',
        id: newId(),
        accountId,
        keyId: customer.keyId,
        model: 'unit',
        usage: { units: '1' },
        dimensions: {},
        incurred: true,
      });
      await passTime(engine, 5 * 3_600_000);
    }
    for (const timeZone of ['Asia/Kathmandu', 'America/New_York', 'UTC']) {
      const { rows } = await report({ accountId, groupBy: ['day'], timeZone });
      expect(rows.length).toBeGreaterThan(1);
      expect(rows.reduce((sum, { requests }) => sum + requests, 0)).toBe(8);
      const format = new Intl.DateTimeFormat('en-GB', {
        timeZone,
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
      });
      for (const { at } of rows) expect(format.format(at)).toBe('00:00');
    }
    const [first] = (await report({ accountId, groupBy: ['day'], timeZone: 'Asia/Kathmandu' })).rows;
    const day = first?.at ?? 0;
    const part = await report({ accountId, from: day, to: day + 86_400_000 });
    expect(part.totals).toMatchObject([{ requests: first?.requests, billed: first?.billed }]);
  });

  test('a query that makes no sense is refused by its field', async () => {
    const { accountId } = await openCustomer(engine.ledger, '1');
    const refusals: [UsageQuery, string, string][] = [
      [{ accountId, from: 1 }, 'VALIDATION', 'from_at_ms'],
      [{ accountId, to: -900_000 }, 'VALIDATION', 'to_at_ms'],
      [{ accountId, from: 1_800_000, to: 900_000 }, 'VALIDATION', 'to_at_ms'],
      [{ accountId, groupBy: ['hour', 'day'] }, 'VALIDATION', 'group_by'],
      [{ accountId, timeZone: 'Mars/Olympus' }, 'VALIDATION', 'time_zone'],
      [{ accountId, timeZone: '+02:00' }, 'VALIDATION', 'time_zone'],
      [{ accountId: newId() }, 'ACCOUNT_NOT_FOUND', 'account_id'],
    ];
    for (const [query, code, field] of refusals)
      expect(await queries.query(query)).toMatchObject({ ok: false, code, field });
  });
});
