import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/embedded/embedded-postgres.js';
import { createDatabaseIn, type TestDatabase, type TestDatabaseOptions } from './databases.js';

/** A PostgreSQL of a test's own: one that may be killed, stopped and restarted under load. */
export interface TestCluster {
  readonly server: EmbeddedPostgres;
  createDatabase(options?: TestDatabaseOptions): Promise<TestDatabase>;
  /** Stops it and removes its folder. */
  remove(): Promise<void>;
}

export async function startTestCluster(flags: Readonly<Record<string, string>> = {}): Promise<TestCluster> {
  const dir = await mkdtemp(join(tmpdir(), 'tollgate-cluster-'));
  await chmod(dir, 0o755);
  const server = await startEmbeddedPostgres({ dir, flags: { min_wal_size: '80MB', ...flags } });
  return {
    server,
    createDatabase: (options) => createDatabaseIn(server.url, options),
    remove: async () => {
      await server.stop('immediate');
      await rm(dir, { recursive: true, force: true });
    },
  };
}
