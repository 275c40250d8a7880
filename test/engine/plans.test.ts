import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { firstIdAt } from '../../src/core/ledger/ids.js';
import * as append from '../../src/ledger/append.statements.js';
import * as load from '../../src/ledger/load.statements.js';
import type { Statement } from '../../src/ledger/statement.js';
import { TABLE_BOOK } from '../outcomes/table.js';
import { type EngineFixture, startEngine } from '../support/engine.js';

/** Statements that find their rows by ids. Of the bucket table, which is a handful of rows, any plan will do. */
const LOOK_UPS: readonly Statement[] = [
  load.ACCOUNTS,
  load.POCKETS,
  load.KEYS,
  load.KEYS_OF_RESERVATIONS,
  load.RESERVATIONS,
  load.RECORDED,
  load.CHARGES,
  load.SHORTFALLS,
  load.REFERENCES,
  append.UPDATE_POCKETS,
  append.UPDATE_PLACED_POCKETS,
  append.UPDATE_RESERVATIONS,
  append.DELETE_RESERVATIONS,
];

/** What the tables look like to the planner when it plans, which is when a statement is first used or statistics change. */
const STATES: readonly (readonly [name: string, make: readonly string[]])[] = [
  ['never analysed', []],
  ['analysed when empty', ['ANALYZE']],
  [
    'analysed when tiny',
    [
      `INSERT INTO pocket SELECT 0, gen_random_uuid(), gen_random_uuid(), 'USD', 'paid', 1, 0, 0, NULL, 0, now() FROM generate_series(1, 3)`,
      `INSERT INTO reservation SELECT 0, gen_random_uuid(), gen_random_uuid(), 'HELD', now(), 'USD', 0, 0, '{}' FROM generate_series(1, 3)`,
      'ANALYZE',
    ],
  ],
  [
    'grown since they were analysed',
    [
      `INSERT INTO pocket SELECT i % 32, gen_random_uuid(), gen_random_uuid(), 'USD', 'paid', 1, 0, 0, NULL, 0, now() FROM generate_series(1, 5000) i`,
      `INSERT INTO reservation SELECT i % 32, gen_random_uuid(), gen_random_uuid(), 'HELD', now(), 'USD', 0, 0, '{}' FROM generate_series(1, 5000) i`,
    ],
  ],
  ['analysed when full', ['ANALYZE']],
  ['emptied since they were analysed', ['DELETE FROM reservation']],
  ['analysed when emptied', ['ANALYZE']],
];

describe('the plans of the engine', () => {
  let engine: EngineFixture;
  let connection: pg.Client;
  beforeAll(async () => {
    engine = await startEngine({ book: TABLE_BOOK });
    connection = await engine.database.openEngineConnection();
    await engine.owner.query('ALTER TABLE pocket SET (autovacuum_enabled = off)');
    await engine.owner.query('ALTER TABLE reservation SET (autovacuum_enabled = off)');
  });
  afterAll(async () => {
    await connection.end();
    await engine.stop();
  });

  test.each(STATES)('look every row up in an index by its whole key, with tables %s', async (_name, make) => {
    for (const sql of make) await engine.owner.query(sql);
    for (const statement of LOOK_UPS) {
      const plan = await planOf(connection, statement);
      // A join filter compares rows with rows; an index condition on the bucket alone reads all of it.
      expect({ statement: statement.name, plan }).toEqual({
        statement: statement.name,
        plan: expect.not.stringMatching(/Join Filter|Seq Scan|bucket_position|Index Cond: \(bucket = [^()]*\)/),
      });
    }
  });

  test('what is overdue is found by its expiry', async () => {
    expect(await planOf(connection, load.DUES)).toMatch(/reservation_due/);
  });
});

async function planOf(connection: pg.Client, { text }: Statement): Promise<string> {
  const types: string[] = [];
  for (const [, index, type] of text.matchAll(/\$(\d+)::([a-z ]+(?:\[\])?)/g))
    types[Number(index) - 1] = String(type).trim();
  const id = firstIdAt(Date.now());
  const values = types.map((type) => (type.endsWith('[]') ? `'{}'` : type === 'uuid' ? `'${id}'` : '0'));
  await connection.query(`PREPARE look (${types.join(', ')}) AS ${text}`);
  try {
    const { rows } = await connection.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN (COSTS OFF) EXECUTE look (${values.join(', ')})`,
    );
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  } finally {
    await connection.query('DEALLOCATE look');
  }
}
