import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { migrate } from '../../src/db/migrate.js';

const TEMPLATE = 'tollgate_template';
const TEMPLATE_BUCKETS = 32;
/** The login of the service in tests: it owns nothing, so that a test fails where the service needs an owner's rights. */
const SERVICE_LOGIN = 'tollgate_app';
const SERVICE_PASSWORD = 'only-on-this-machine';
const LOCK_KEY = 77_001;

export interface TestDatabase {
  /** For the service: a login that can do nothing but take the service role. */
  readonly url: string;
  /** For the owner of the tables, who may do anything: migrating, breaking the books on purpose, ending connections. */
  readonly migrationUrl: string;
  readonly name: string;
  /** Ends what is still connected, and drops the database. */
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** How many buckets the ledger has; 32 unless said. */
  readonly buckets?: number;
}

/** A freshly migrated, empty ledger in the PostgreSQL of this test run. */
export function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const clusterUrl = process.env['TOLLGATE_TEST_CLUSTER_URL'];
  if (!clusterUrl) throw new Error('the test run has no PostgreSQL: run the tests with npm test');
  return createDatabaseIn(clusterUrl, options);
}

/** The same in any cluster whose superuser's URL this is. */
export async function createDatabaseIn(
  clusterUrl: string,
  { buckets = TEMPLATE_BUCKETS }: TestDatabaseOptions = {},
): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const maintenanceUrl = withDatabase(clusterUrl, 'postgres');
  await asOwner(maintenanceUrl, async (client) => {
    await ensureTemplate(client, clusterUrl);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
  });
  const migrationUrl = withDatabase(clusterUrl, name);
  if (buckets !== TEMPLATE_BUCKETS) await asOwner(migrationUrl, (client) => setBuckets(client, buckets));
  const drop = (): Promise<void> =>
    asOwner(maintenanceUrl, async (client) => {
      await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    });
  return { url: asService(migrationUrl), migrationUrl, name, drop };
}

/** Runs the work on a connection of the owner's, and closes it. */
export async function asOwner<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Whoever comes first makes it; test files that start together wait for each other. */
async function ensureTemplate(client: pg.Client, clusterUrl: string): Promise<void> {
  const ready = `SELECT 1 FROM pg_database WHERE datname = '${TEMPLATE}'`;
  if ((await client.query(ready)).rowCount === 1) return;
  await client.query('SELECT pg_advisory_lock($1)', [LOCK_KEY]);
  if ((await client.query(ready)).rowCount === 1) return;
  const draft = `${TEMPLATE}_draft`;
  await client.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${draft}`);
  await client.query(`CREATE ROLE ${SERVICE_LOGIN} LOGIN PASSWORD '${SERVICE_PASSWORD}'`);
  const url = withDatabase(clusterUrl, draft);
  await migrate(url, { buckets: TEMPLATE_BUCKETS, serviceUrl: asService(url) });
  await client.query(`ALTER DATABASE ${draft} RENAME TO ${TEMPLATE}`);
}

async function setBuckets(client: pg.Client, buckets: number): Promise<void> {
  await client.query('DELETE FROM bucket');
  await client.query('INSERT INTO bucket (bucket) SELECT generate_series(0, $1::int - 1)', [buckets]);
}

function asService(url: string): string {
  const result = new URL(url);
  result.username = SERVICE_LOGIN;
  result.password = SERVICE_PASSWORD;
  return result.href;
}

function withDatabase(url: string, name: string): string {
  const result = new URL(url);
  result.pathname = `/${name}`;
  return result.href;
}
