import type { Config } from '../config/config.js';
import { Database } from '../db/database.js';
import { migrate } from '../db/migrate.js';
import { type DatabaseConfig, findDatabase } from '../embedded/find-database.js';
import { ENTITIES } from '../entities.js';

/**
 * Runs the work with a database that is there: the configured one, else the embedded one of `DATA_DIR`, which is
 * started and migrated for as long as the work takes unless a service has it running already. A configured database
 * is migrated by `tollgate migrate` and by the service, never by the way.
 */
export async function withDatabase<T>(
  config: Config,
  work: (database: Database, config: DatabaseConfig) => Promise<T>,
): Promise<T> {
  const found = await findDatabase(config);
  try {
    const { DATABASE_MIGRATION_URL, BUCKETS } = found.config;
    if (found.embedded?.owned) await migrate(DATABASE_MIGRATION_URL, { buckets: BUCKETS });
    const database = new Database(found.config, ENTITIES);
    try {
      await database.open();
      return await work(database, found.config);
    } finally {
      await database.close();
    }
  } finally {
    await found.close();
  }
}
