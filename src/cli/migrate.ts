import type { Command } from 'commander';
import { loadConfig } from '../config/config.js';
import { migrate } from '../db/migrate.js';
import { findDatabase } from '../embedded/find-database.js';

export function registerMigrate(program: Command): void {
  program
    .command('migrate')
    .description('bring the database up to date; done at every start of the service as well')
    .action(async () => {
      const { config, close } = await findDatabase(loadConfig());
      try {
        const { DATABASE_URL, DATABASE_MIGRATION_URL, BUCKETS } = config;
        const onProgress = (message: string): void => console.log(message);
        await migrate(DATABASE_MIGRATION_URL, { buckets: BUCKETS, serviceUrl: DATABASE_URL, onProgress });
        console.log('the database is up to date');
      } finally {
        await close();
      }
    });
}
