import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../dist/embedded/embedded-postgres.js';

/** One PostgreSQL for the whole run; each test file clones a database of its own in it (see `databases.ts`). */
export default async function globalSetup() {
  const dir = await mkdtemp(join(tmpdir(), 'tollgate-test-'));
  // The database may run as another account than the tests.
  await chmod(dir, 0o755);
  const cluster = await startEmbeddedPostgres({ dir, flags: { min_wal_size: '80MB', max_connections: '300' } });
  process.env['TOLLGATE_TEST_CLUSTER_URL'] = cluster.url;
  globalThis.tollgateTestCluster = { cluster, dir };
}
