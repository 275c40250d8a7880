import { Config } from '../config/config.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.js';

/** The configuration with the URLs that hold: those of the embedded database where none is configured. */
export type DatabaseConfig = Config & { readonly DATABASE_URL: string; readonly DATABASE_MIGRATION_URL: string };

export interface FoundDatabase {
  readonly config: DatabaseConfig;
  /** Absent where a database is configured. */
  readonly embedded?: EmbeddedPostgres;
  /** Stops what was started for it. */
  close(): Promise<void>;
}

/** The configured database, else the embedded one of `DATA_DIR`: started, unless another process has it running. */
export async function findDatabase(config: Config, onExit?: () => void): Promise<FoundDatabase> {
  if (config.DATABASE_URL) return { config: withUrl(config, config.DATABASE_URL), close: () => Promise.resolve() };
  const embedded = await startEmbeddedPostgres({ dir: config.DATA_DIR, ...(onExit ? { onExit } : {}) });
  return { config: withUrl(config, embedded.url), embedded, close: () => embedded.stop() };
}

function withUrl(config: Config, url: string): DatabaseConfig {
  const urls = { DATABASE_URL: url, DATABASE_MIGRATION_URL: config.DATABASE_MIGRATION_URL ?? url };
  return Object.assign(new Config(), config, urls);
}
