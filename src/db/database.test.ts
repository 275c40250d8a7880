import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../../test/support/databases.js';
import { Database, NotCommitted } from './database.js';

let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  test = await createTestDatabase();
  database = new Database({ DATABASE_URL: test.url });
  await database.open();
});

afterAll(async () => {
  await database.close();
  await test.drop();
});

describe('Database', () => {
  it('has the rights of the service role on every kind of connection', async () => {
    const engine = await database.openEngineConnection();
    const whoAmI = 'SELECT current_user AS role';
    const pooled = await database.pool.query(whoAmI);
    const hot = await engine.query(whoAmI);
    const cold = await database.dataSource.query(whoAmI);
    await engine.end();
    expect([pooled.rows[0], hot.rows[0], cold[0]]).toEqual(Array(3).fill({ role: 'tollgate_service' }));
  });

  it("plans the engine's statements without regard to how full the tables are", async () => {
    const engine = await database.openEngineConnection();
    const settings = [
      'plan_cache_mode',
      'enable_seqscan',
      'enable_hashjoin',
      'enable_mergejoin',
      'jit',
      'fsync',
      'synchronous_commit',
    ];
    const answers = await Promise.all(
      settings.map((name) => engine.query('SELECT current_setting($1) AS value', [name])),
    );
    await engine.end();
    expect(answers.map(({ rows }) => rows[0].value)).toEqual([
      'force_generic_plan',
      'off',
      'off',
      'off',
      'off',
      'on',
      'on',
    ]);
  });

  it.each(['journal', 'transfer'])('cannot change or delete rows of %s, nor of its partitions', async (table) => {
    const { rows } = await database.pool.query(
      `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass`,
      [table],
    );
    for (const name of [table, ...rows.map((row) => row.name)]) {
      for (const statement of [
        `UPDATE ${name} SET bucket = 0`,
        `DELETE FROM ${name}`,
        `TRUNCATE ${name}`,
        `DROP TABLE ${name}`,
      ]) {
        await expect(database.pool.query(statement)).rejects.toMatchObject({ code: '42501' });
      }
    }
    expect(rows.length).toBeGreaterThanOrEqual(9);
  });

  it('commits what the work did, and returns what it returned', async () => {
    const claim = (reference: string) =>
      `INSERT INTO reference_claim (reference, account_id) VALUES ('${reference}', gen_random_uuid())`;
    await expect(database.transaction(async (client) => (await client.query(claim('kept'))).rowCount)).resolves.toBe(1);
    await expect(
      database.transaction(async (client) => {
        await client.query(claim('undone'));
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    const { rows } = await database.pool.query('SELECT reference FROM reference_claim');
    expect(rows).toEqual([{ reference: 'kept' }]);
  });

  it('does not take a COMMIT that the server turned into a rollback for a success', async () => {
    const work = database.transaction(async (client) => {
      await client.query('SELECT 1 / 0').catch(() => undefined);
    });
    await expect(work).rejects.toThrow(NotCommitted);
  });

  it('isolates as asked', async () => {
    const level = await database.transaction(
      async (client) => (await client.query(`SELECT current_setting('transaction_isolation') AS level`)).rows[0].level,
      'REPEATABLE READ',
    );
    expect(level).toBe('repeatable read');
  });
});
