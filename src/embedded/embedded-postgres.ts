import { type ChildProcess, execFile } from 'node:child_process';
import { chmod, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { giveTo, type RunAs, unprivilegedAccount } from './account.js';
import { type Binaries, findBinaries } from './binaries.js';
import { type Home, passwordOf, resolveHome } from './home.js';
import { giveUpCharge, takeCharge } from './owner.js';
import {
  ENVIRONMENT,
  findReady,
  freePort,
  guard,
  hasEnded,
  spawnPostmaster,
  stopOrphan,
  stopPostmaster,
} from './postmaster.js';
import { childrenOf, signal, until } from './processes.js';

const run = promisify(execFile);

const USER = 'tollgate';
const DATABASE = 'tollgate';
const ATTACH_TIMEOUT_MS = 60_000;
/** After a SIGKILL some of the old server's processes may still hold its memory for a moment. */
const START_ATTEMPTS = 5;
const SIGNALS = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

export interface EmbeddedPostgresOptions {
  /** The folder that the database is kept in. Made when it is not there. */
  readonly dir: string;
  /** A free one unless said. */
  readonly port?: number;
  /** Server settings beside or instead of the usual ones. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Called when the server ended without having been asked to. */
  readonly onExit?: () => void;
}

export interface EmbeddedPostgres {
  /** The superuser's connection URL, password included. */
  readonly url: string;
  /** The server's process, as of the last start. */
  readonly pid: number;
  /** False if another process had the database running already: stopping is left to it. */
  readonly owned: boolean;
  /** Where the server writes its log. */
  readonly log: string;
  /** Stops the server; `fast` (the default) ends open transactions, `immediate` leaves recovery to the next start. */
  stop(mode?: keyof typeof SIGNALS): Promise<void>;
  /** SIGKILL, to all of the server's processes. */
  kill(): Promise<void>;
  /** Starts the server again on the same folder and port, stopping it first if it runs. */
  restart(): Promise<void>;
}

/**
 * Starts a PostgreSQL of one's own, whose binaries came with npm, on the loopback address alone. It ends when this
 * process does. If another living process already runs the database of this folder, that one is used.
 *
 * @throws Error if it cannot be started; the message has the end of its log.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const account = unprivilegedAccount();
  const home = await resolveHome(options.dir, account);
  const attached = await attachOrTakeCharge(home);
  if (attached) return attached;
  try {
    await stopOrphan(home);
    const binaries = await findBinaries(account);
    await initialize(home, binaries, account);
    const server = new OwnServer(
      home,
      binaries,
      account,
      options,
      await passwordOf(home),
      options.port ?? (await freePort()),
    );
    await server.start();
    await createDatabase(server.url);
    return server;
  } catch (error) {
    await giveUpCharge(home);
    throw error;
  }
}

class OwnServer implements EmbeddedPostgres {
  readonly owned = true;
  private child: ChildProcess | undefined;
  private guardian: ChildProcess | undefined;
  private asked = false;

  constructor(
    private readonly home: Home,
    private readonly binaries: Binaries,
    private readonly account: RunAs,
    private readonly options: EmbeddedPostgresOptions,
    private readonly password: string,
    private readonly port: number,
  ) {}

  get url(): string {
    return urlOf(this.password, this.port);
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  get log(): string {
    return this.home.log;
  }

  async start(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        this.child = await spawnPostmaster(this.home, this.binaries, this.account, this.port, this.options.flags ?? {});
        break;
      } catch (error) {
        if (attempt === START_ATTEMPTS) throw error;
      }
    }
    this.asked = false;
    this.guardian = guard(this.pid, this.account);
    this.child.once('exit', () => {
      this.guardian?.kill('SIGKILL');
      if (!this.asked) this.options.onExit?.();
    });
  }

  async stop(mode: keyof typeof SIGNALS = 'fast'): Promise<void> {
    await this.end((child, pid) => stopPostmaster(pid, SIGNALS[mode], () => hasEnded(child)));
    await giveUpCharge(this.home);
  }

  async kill(): Promise<void> {
    await this.end(async (child, pid) => {
      const children = await childrenOf(pid);
      for (const each of [pid, ...children]) signal(each, 'SIGKILL');
      await until(() => hasEnded(child), ATTACH_TIMEOUT_MS);
    });
  }

  async restart(): Promise<void> {
    await this.end((child, pid) => stopPostmaster(pid, 'SIGINT', () => hasEnded(child)));
    await this.start();
  }

  private async end(how: (child: ChildProcess, pid: number) => Promise<void>): Promise<void> {
    this.asked = true;
    if (this.child?.pid !== undefined && !hasEnded(this.child)) await how(this.child, this.child.pid);
  }
}

/** @returns undefined once this process is in charge, else the database that another one runs. */
async function attachOrTakeCharge(home: Home): Promise<EmbeddedPostgres | undefined> {
  let attached: EmbeddedPostgres | undefined;
  const settled = await until(async () => {
    if (await takeCharge(home)) return true;
    const running = await findReady(home);
    if (running) attached = foreign(home, running.pid, urlOf(await passwordOf(home), running.port));
    return attached !== undefined;
  }, ATTACH_TIMEOUT_MS);
  if (!settled)
    throw new Error(
      `another process is in charge of the database in ${home.folder}, and it does not come up; see ${home.log}`,
    );
  return attached;
}

function foreign(home: Home, pid: number, url: string): EmbeddedPostgres {
  const refuse = (): Promise<void> => Promise.reject(new Error('another process is in charge of this database'));
  return { url, pid, owned: false, log: home.log, stop: () => Promise.resolve(), kill: refuse, restart: refuse };
}

/** The data directory is made under another name and then renamed, so that a half-made one is never taken for the books. */
async function initialize(home: Home, binaries: Binaries, account: RunAs): Promise<void> {
  if (await isThere(home.data)) return;
  const draft = `${home.data}.new`;
  const passwordFile = join(home.folder, 'password.new');
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await giveTo(account, draft);
  try {
    await writeFile(passwordFile, await passwordOf(home), { mode: 0o600 });
    await chmod(passwordFile, 0o600);
    await giveTo(account, passwordFile);
    await run(
      binaries.initdb,
      [
        '-D',
        draft,
        '-U',
        USER,
        '-A',
        'scram-sha-256',
        `--pwfile=${passwordFile}`,
        '-E',
        'UTF8',
        '--locale=C',
        '--no-instructions',
      ],
      { ...account, cwd: '/', env: ENVIRONMENT },
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(draft, home.data);
}

async function createDatabase(url: string): Promise<void> {
  const maintenance = new URL(url);
  maintenance.pathname = '/postgres';
  const admin = new pg.Client({ connectionString: maintenance.href });
  await admin.connect();
  try {
    const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await admin.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await admin.end();
  }
}

function urlOf(password: string, port: number): string {
  return `postgres://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`;
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
