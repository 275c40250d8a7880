import { hashSecret } from '#tollgate/secrets/secret.js';
import type { AccountRange, Called, Job, Target } from './callers/jobs.js';
import { type Child, Children } from './children.js';
import { connect } from './connect.js';
import { CpuMeter } from './cpu.js';
import { Databases } from './databases.js';
import { startEngine } from './engine.js';
import type { NaiveStart } from './naive/server.js';
import type { Options } from './options.js';
import { type BenchAccount, openAccounts, samplePrices } from './workload.js';
import { Written } from './written.js';

const SPREAD_ACCOUNTS = 10_000;

/** Which of the accounts each workload is on. */
export const RANGES = {
  hot: [0, 1],
  spread: [1, 1 + SPREAD_ACCOUNTS],
  /** For the holds that stay. */
  holds: [1 + SPREAD_ACCOUNTS, 2 + SPREAD_ACCOUNTS],
} as const satisfies Record<string, AccountRange>;

const ACCOUNTS = 2 + SPREAD_ACCOUNTS;

/** A process of the service, or of the obvious way. */
export interface Served {
  readonly child: Child;
  readonly address: string;
  readonly token: string;
}

/** What the sections of a run are played on: one PostgreSQL, the same accounts in each database, and processes. */
export class Stage {
  private readonly written = new Map<string, Written>();
  private readonly urls = new Map<string, string>();

  private constructor(
    readonly options: Options,
    readonly databases: Databases,
    readonly children: Children,
    readonly meter: CpuMeter,
    readonly accounts: readonly BenchAccount[],
    readonly buckets: number,
    private readonly templateUrl: string,
    readonly note: (text: string) => void,
  ) {}

  /** Opens the accounts in a database that all others are copied from. */
  static async open(options: Options, databases: Databases, note: (text: string) => void): Promise<Stage> {
    note(`opening ${ACCOUNTS} accounts`);
    const url = await databases.createEmpty('template');
    const engine = await startEngine(url, samplePrices(), options);
    const accounts = await openAccounts(engine.submit, ACCOUNTS);
    const { buckets } = engine;
    await engine.close();
    await enterKeys(url, accounts);
    const meter = await CpuMeter.open(databases.adminUrl);
    return new Stage(options, databases, new Children(options.profile), meter, accounts, buckets, url, note);
  }

  /** The database of that name: when it is first asked for it has the accounts, and nothing else. */
  async database(name: string): Promise<string> {
    const url = this.urls.get(name) ?? (await this.databases.createCopy(name, this.templateUrl));
    this.urls.set(name, url);
    return url;
  }

  /**
   * A process of the service. It runs the API alone, as several processes in production would: followers and sweeper
   * are others' work, and the obvious way has none.
   */
  async startService(name: string, url: string): Promise<Served> {
    const env = { DATABASE_URL: url, GRPC_PORT: '0', LOG_LEVEL: 'warn', ROLE: 'api' };
    const child = this.children.start(name, '../dist/main.js', [], env);
    const { address, firstToken = '' } = await child.message<{ address: string; firstToken?: string }>();
    return { child, address, token: firstToken };
  }

  async startNaive(name: string, url: string, connections: number): Promise<Served> {
    const child = this.children.start(name, './naive/server.js');
    const { accounts, buckets } = this;
    const start: NaiveStart = { url, connections, buckets, accounts };
    const { address } = await child.tell<{ address: string }>(start);
    return { child, address, token: '' };
  }

  async startCallers(name: string, target: Target): Promise<Child> {
    const child = this.children.start(name, './callers/process.js');
    await child.ask({ job: 'connect', target, accounts: this.accounts } satisfies Job);
    return child;
  }

  /** What the callers of a database were told, from the first time that this is asked. */
  async writtenTo(url: string): Promise<Written> {
    const written = this.written.get(url) ?? (await Written.since(url));
    this.written.set(url, written);
    return written;
  }

  /** @throws Error unless each database has what its callers were told, and nothing else. */
  async checkWritten(): Promise<void> {
    for (const written of this.written.values()) await written.check();
  }

  async close(): Promise<void> {
    await this.children.endAll();
    await this.meter.close();
  }
}

/** Lets the service find the keys by their secrets. */
async function enterKeys(url: string, accounts: readonly BenchAccount[]): Promise<void> {
  const client = await connect(url);
  await client.query(
    `INSERT INTO key_directory (hash, account_id, key_id)
     SELECT decode(hash, 'hex'), account_id, key_id FROM unnest($1::text[], $2::uuid[], $3::uuid[]) AS n(hash, account_id, key_id)`,
    [
      accounts.map(({ secret }) => hashSecret(secret).toString('hex')),
      accounts.map(({ accountId }) => accountId),
      accounts.map(({ keyId }) => keyId),
    ],
  );
  await client.end();
}

/** One closed loop of callers in a process of their own. */
export function callClosed(child: Child, accounts: AccountRange, callers: number, forMs: number): Promise<Called> {
  return child.ask<Called>({ job: 'closed', accounts, callers, forMs } satisfies Job);
}
