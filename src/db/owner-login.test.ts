import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestCluster, type TestCluster } from '../../test/support/cluster.js';
import { asOwner } from '../../test/support/databases.js';
import { Database } from './database.js';
import { migrate } from './migrate.js';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
});

afterAll(() => cluster.remove());

/** A new server's database that belongs to a login with these rights. */
async function databaseOf(login: string, rights: string): Promise<string> {
  await asOwner(cluster.server.url, async (client) => {
    await client.query(`CREATE ROLE ${login} LOGIN PASSWORD 'x' ${rights}`);
    await client.query(`CREATE DATABASE ${login} OWNER ${login}`);
  });
  const url = new URL(cluster.server.url);
  Object.assign(url, { username: login, password: 'x', pathname: `/${login}` });
  return url.href;
}

describe('migrate on a server that has never seen the ledger', () => {
  it('tells a login that may not make roles what an administrator has to do', async () => {
    const url = await databaseOf('weak', '');
    await expect(migrate(url, { buckets: 4 })).rejects.toThrow(
      'CREATE ROLE tollgate_service NOLOGIN; GRANT tollgate_service TO "weak";',
    );
  });

  it('lets one login that may make roles be both owner and service', async () => {
    const url = await databaseOf('strong', 'CREATEROLE');
    await migrate(url, { buckets: 4 });
    await migrate(url, { buckets: 4 });
    const database = new Database({ DATABASE_URL: url });
    try {
      const { rows } = await database.pool.query('SELECT current_user AS role, session_user AS login');
      expect(rows).toEqual([{ role: 'tollgate_service', login: 'strong' }]);
      await expect(database.pool.query('DELETE FROM journal')).rejects.toMatchObject({ code: '42501' });
    } finally {
      await database.close();
    }
  });
});
