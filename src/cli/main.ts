#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Command } from 'commander';
import { ConfigError } from '../config/config.js';
import { MigrationError } from '../db/migrate.js';
import { registerCall } from './call.js';
import { CommandFailed } from './command-failed.js';
import { registerDemo } from './demo.js';
import { registerHealth } from './health.js';
import { registerMigrate } from './migrate.js';
import { registerPrices } from './prices.js';
import { registerStart } from './start.js';
import { registerToken } from './token.js';
import { registerVerify } from './verify.js';

const { description, version } = createRequire(import.meta.url)('../../package.json') as Record<string, string>;

/** What PostgreSQL answers where a table or the service's role is missing. */
const NOT_MIGRATED = new Set(['42P01', '22023']);

const program = new Command('tollgate')
  .description(description ?? '')
  .version(version ?? '')
  .showHelpAfterError();
for (const register of [
  registerStart,
  registerMigrate,
  registerToken,
  registerPrices,
  registerCall,
  registerVerify,
  registerHealth,
  registerDemo,
]) {
  register(program);
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}

function explain(error: unknown): unknown {
  if (error instanceof CommandFailed || error instanceof ConfigError || error instanceof MigrationError) {
    return error.message;
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (NOT_MIGRATED.has(code))
    return `the database is not up to date (${(error as Error).message}); run: tollgate migrate`;
  return error;
}
