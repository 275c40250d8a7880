import pg from 'pg';
import { DataSource } from 'typeorm';
import { SERVICE_ROLE } from './database-url.js';
import { migrationsFromFiles } from './migration-files.js';
import { ensureCurrentPartitions } from './partitions.js';

const OLDEST_POSTGRES = 15;
/** Any number will do that nothing else on the database takes: processes that start together migrate one after another. */
const LOCK_KEY = 7_105_441_203;

export interface MigrateOptions {
  /** How many buckets the ledger gets if this is its first migration. */
  readonly buckets: number;
  /** The login that the service will use, where it is not the owner's: it is given the service role. */
  readonly serviceUrl?: string | undefined;
  /** Called with a sentence for each thing that was done. */
  readonly onProgress?: (message: string) => void;
}

/** The database cannot hold the ledger as it is; the message says what to do about it. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/**
 * Brings the database up to date: role, tables, buckets, partitions. May be run again, and by several processes at once.
 *
 * @param url the login that owns the tables, or will.
 * @throws MigrationError if the server is too old, or the login may not create or take the service role.
 */
export async function migrate(
  url: string,
  { buckets, serviceUrl = url, onProgress = () => undefined }: MigrateOptions,
): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'tollgate-migrate' });
  await client.connect();
  try {
    await checkVersion(client);
    await client.query('SELECT pg_advisory_lock($1)', [LOCK_KEY]);
    await ensureServiceRole(client, [loginOf(url, client), loginOf(serviceUrl, client)]);
    for (const name of await runMigrations(url)) onProgress(`migrated: ${name}`);
    if (await fillBuckets(client, buckets)) onProgress(`made ${buckets} buckets`);
    const made = await ensureCurrentPartitions(client);
    if (made.length > 0) onProgress(`made ${made.length} partitions`);
  } finally {
    await client.end();
  }
}

/** Makes the partitions of the months to come, for a service that runs for longer than those it found. */
export async function extendPartitions(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'tollgate-partitions' });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK_KEY]);
    return await ensureCurrentPartitions(client);
  } finally {
    await client.end();
  }
}

async function checkVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ number: string; text: string }>(
    `SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS text`,
  );
  const { number = '0', text } = rows[0] ?? {};
  if (Math.floor(Number(number) / 10_000) < OLDEST_POSTGRES) {
    throw new MigrationError(`PostgreSQL ${OLDEST_POSTGRES} or newer is needed; this server is ${text}`);
  }
}

/** The role belongs to the cluster, so it may be there already. Every login that the service uses must be able to take it. */
async function ensureServiceRole(client: pg.Client, logins: readonly string[]): Promise<void> {
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [SERVICE_ROLE]);
    if (rowCount === 0) await client.query(`CREATE ROLE ${SERVICE_ROLE} NOLOGIN`);
    for (const login of new Set(logins)) {
      if (!(await mayTakeRole(client, login)))
        await client.query(`GRANT ${SERVICE_ROLE} TO ${pg.escapeIdentifier(login)}`);
    }
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== '42501') throw error;
    const grants = [...new Set(logins)]
      .map((login) => `GRANT ${SERVICE_ROLE} TO ${pg.escapeIdentifier(login)};`)
      .join(' ');
    throw new MigrationError(
      `the login may not create or grant roles (${error.message}); let an administrator run once: ` +
        `CREATE ROLE ${SERVICE_ROLE} NOLOGIN; ${grants}`,
    );
  }
}

/** Since PostgreSQL 16 whoever created a role may grant it, but not take it unless that was granted too. */
async function mayTakeRole(client: pg.Client, login: string): Promise<boolean> {
  const { rows } = await client.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int AS version`,
  );
  const right = (rows[0]?.version ?? 0) >= 160_000 ? 'SET' : 'MEMBER';
  const { rows: may } = await client.query<{ may: boolean }>('SELECT pg_has_role($1::name, $2::name, $3) AS may', [
    login,
    SERVICE_ROLE,
    right,
  ]);
  return may[0]?.may === true;
}

/** @returns the names of the migrations that were run, each in a transaction of its own. */
async function runMigrations(url: string): Promise<string[]> {
  const dataSource = new DataSource({
    type: 'postgres',
    url,
    applicationName: 'tollgate-migrate',
    migrations: migrationsFromFiles(),
    migrationsTableName: 'schema_migration',
    installExtensions: false,
    // Its own logger would print to the console; every failure is thrown anyway.
    logger: 'debug',
  });
  await dataSource.initialize();
  try {
    const run = await dataSource.runMigrations({ transaction: 'each' });
    return run.map(({ name }) => name);
  } finally {
    await dataSource.destroy();
  }
}

/** How many buckets there are decides where every account lives: it is said once, and never again. */
async function fillBuckets(client: pg.Client, buckets: number): Promise<boolean> {
  // Only looked at first, so that a login that may do no more can start a service on a ledger that is up to date.
  if ((await client.query('SELECT FROM bucket LIMIT 1')).rowCount !== 0) return false;
  await client.query('INSERT INTO bucket (bucket) SELECT generate_series(0, $1::int - 1)', [buckets]);
  return true;
}

function loginOf(url: string, client: pg.Client): string {
  return decodeURIComponent(new URL(url).username) || (client.user ?? '');
}
