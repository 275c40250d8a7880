import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { asOwner, createTestDatabase, type TestDatabase } from '../../test/support/databases.js';
import { firstIdAt } from '../core/ledger/ids.js';
import { migrate } from './migrate.js';
import { ensureCurrentPartitions, ensurePartitions, partitionRange } from './partitions.js';

let test: TestDatabase;

beforeEach(async () => {
  test = await createTestDatabase();
});

afterEach(() => test.drop());

async function count(sql: string): Promise<number> {
  const { rows } = await asOwner(test.migrationUrl, (client) =>
    client.query<{ count: string }>(`SELECT count(*) FROM ${sql}`),
  );
  return Number(rows[0]?.count);
}

describe('migrate', () => {
  it('does nothing the second time, whatever number of buckets it is told then', async () => {
    const progress: string[] = [];
    await migrate(test.migrationUrl, { buckets: 8, onProgress: (message) => progress.push(message) });
    expect(progress).toEqual([]);
    expect(await count('bucket')).toBe(32);
  });

  it('migrates an empty database once when several processes start together', async () => {
    await asOwner(test.migrationUrl, (client) => client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public'));
    const progress: string[] = [];
    const one = (): Promise<void> =>
      migrate(test.migrationUrl, { buckets: 5, onProgress: (message) => progress.push(message) });
    await Promise.all([one(), one(), one()]);
    expect(await count('bucket')).toBe(5);
    expect(progress.filter((message) => message === 'made 5 buckets')).toHaveLength(1);
    expect(progress.filter((message) => message === 'made 18 partitions')).toHaveLength(1);
    expect(await count('schema_migration')).toBe(progress.filter((message) => message.startsWith('migrated')).length);
  });

  it('works for an owner without superuser rights, who created neither role nor database', async () => {
    const owner = `owner_${test.name}`;
    await asOwner(test.migrationUrl, (client) =>
      client.query(
        `DROP SCHEMA public CASCADE; CREATE ROLE ${owner} LOGIN PASSWORD 'x'; GRANT tollgate_service TO ${owner}; CREATE SCHEMA public AUTHORIZATION ${owner}`,
      ),
    );
    const url = new URL(test.migrationUrl);
    url.username = owner;
    url.password = 'x';
    await migrate(url.href, { buckets: 3 });
    expect(await count('bucket')).toBe(3);
    await asOwner(test.migrationUrl, (client) => client.query(`DROP OWNED BY ${owner} CASCADE; DROP ROLE ${owner}`));
  });

  it('lets the login of the service alone start on a ledger that is up to date', async () => {
    await expect(migrate(test.url, { buckets: 32 })).resolves.toBeUndefined();
  });

  it('says what an administrator has to do for an owner who may not grant roles', async () => {
    const owner = `weak_${test.name}`;
    await asOwner(test.migrationUrl, (client) => client.query(`CREATE ROLE ${owner} LOGIN PASSWORD 'x'`));
    const url = new URL(test.migrationUrl);
    url.username = owner;
    url.password = 'x';
    await expect(migrate(url.href, { buckets: 3 })).rejects.toThrow(`GRANT tollgate_service TO "${owner}"`);
    await asOwner(test.migrationUrl, (client) => client.query(`DROP ROLE ${owner}`));
  });
});

describe('partitions', () => {
  it('cover the month before, this one and seven ahead, and their range is read back', async () => {
    const now = new Date();
    const range = await asOwner(test.migrationUrl, partitionRange);
    expect(range).toEqual({
      oldestIdMs: Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1),
      newestIdMs: Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 8),
    });
  });

  it('are made once, and further months join them', async () => {
    const made = await asOwner(test.migrationUrl, async (client) => {
      expect(await ensureCurrentPartitions(client)).toEqual([]);
      return ensurePartitions(client, Date.UTC(2031, 10, 17), 2);
    });
    expect(made).toEqual(['journal_2031_11', 'journal_2031_12', 'transfer_2031_11', 'transfer_2031_12']);
  });

  it('take an id by the time in its first 48 bits', async () => {
    await asOwner(test.migrationUrl, async (client) => {
      await ensurePartitions(client, Date.UTC(2031, 10), 2);
      const partitionOf = async (id: string) => {
        const { rows } = await client.query(
          `INSERT INTO journal (bucket, position, account_id, command_id, slot, type, now, body)
           VALUES (0, 1, $1, $1, 'cmd', 'Test', now(), '{}') RETURNING tableoid::regclass::text AS name`,
          [id],
        );
        return rows[0].name;
      };
      const december = Date.UTC(2031, 11);
      expect(await partitionOf(firstIdAt(december - 1).replace(/0{12}$/, 'ffffffffffff'))).toBe('journal_2031_11');
      expect(await partitionOf(firstIdAt(december))).toBe('journal_2031_12');
      await expect(partitionOf(firstIdAt(Date.UTC(1999, 0)))).rejects.toMatchObject({ code: '23514' });
    });
  });

  it('keep the unique key and the index of their parent', async () => {
    expect(await count(`pg_indexes WHERE tablename = to_char(now(), '"journal_"YYYY_MM')`)).toBe(2);
    expect(
      await count(
        `pg_class WHERE NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = pg_class.oid) AND relname ~ '^journal_[0-9]{4}.*(idx|key)$'`,
      ),
    ).toBe(0);
  });
});
