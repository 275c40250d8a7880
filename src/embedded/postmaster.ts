import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { RunAs } from './account.js';
import type { Binaries } from './binaries.js';
import type { Home } from './home.js';
import { identify, signal, until } from './processes.js';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
/** Nothing of this process's environment concerns the database, and some of it (PGDATA, LANG) would change it. */
export const ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC' };

/** A young cluster makes each WAL segment anew, zero-fills and flushes it: without `wal_init_zero` commits do not stall on that. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  cluster_name: 'tollgate',
  max_connections: '200',
  shared_buffers: '256MB',
  wal_init_zero: 'off',
  min_wal_size: '512MB',
  max_wal_size: '2GB',
  jit: 'off',
  log_line_prefix: '%m [%p] %a ',
};

export interface RunningPostmaster {
  readonly pid: number;
  readonly port: number;
}

/** What PostgreSQL's own lock file says, if the process that wrote it still runs and is ready for connections. */
export async function findReady(home: Home): Promise<RunningPostmaster | undefined> {
  const [first, , , port, , , , state] = await lockFile(home);
  const pid = await livingPostmaster(home);
  // The file is read twice: one that a killed server left behind may have been replaced in between.
  const isSame = pid !== undefined && Number(first) === pid;
  return isSame && state?.trim() === 'ready' ? { pid, port: Number(port) } : undefined;
}

/** Ends a database whose process in charge died, which would otherwise keep the folder locked. */
export async function stopOrphan(home: Home): Promise<void> {
  const pid = await livingPostmaster(home);
  if (pid !== undefined) {
    await stopPostmaster(pid, 'SIGINT', async () => (await livingPostmaster(home)) === undefined);
  } else if ((await identify(await lockedBy(home))) !== undefined) {
    // The number is another process's by now, which PostgreSQL would take for a server. In a container, where numbers
    // are few, that is no rare thing.
    await rm(join(home.data, 'postmaster.pid'), { force: true });
  }
}

/** Sends the signal, and stronger ones if it does not help in time. */
export async function stopPostmaster(
  pid: number,
  first: 'SIGTERM' | 'SIGINT' | 'SIGQUIT',
  gone: () => Promise<boolean> | boolean,
): Promise<void> {
  for (const name of [first, 'SIGQUIT', 'SIGKILL'] as const) {
    signal(pid, name);
    if (await until(gone, STOP_TIMEOUT_MS)) return;
  }
  throw new Error(`the database's process ${pid} does not end`);
}

/**
 * Starts the database in its home and waits until it accepts connections.
 *
 * @throws Error with the end of the database's log if it does not come up.
 */
export async function spawnPostmaster(
  home: Home,
  binaries: Binaries,
  account: RunAs,
  port: number,
  flags: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const settings = Object.entries({ ...SETTINGS, ...flags, port: String(port) });
  const log = await open(home.log, 'a', 0o600);
  const child = spawn(
    binaries.postgres,
    ['-D', home.data, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    {
      ...account,
      cwd: '/',
      env: ENVIRONMENT,
      // A session of its own: a Ctrl-C at the terminal must reach this process alone, which still has work to commit.
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    },
  );
  child.unref();
  await log.close();
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  const ready = until(async () => hasEnded(child) || (await findReady(home))?.pid === child.pid, START_TIMEOUT_MS);
  if ((await Promise.race([ready, failed])) && !hasEnded(child)) return child;
  child.kill('SIGKILL');
  throw new Error(`the embedded database did not start:\n${await endOfLog(home)}`);
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/**
 * Stops the database when this process is gone, however it went: the pipe from it ends then. The shell is a process of
 * its own, as light as can be.
 */
export function guard(postmaster: number, account: RunAs): ChildProcess {
  const script = 'read -r _; kill -INT "$1"';
  const guardian = spawn('/bin/sh', ['-c', script, 'tollgate-guard', String(postmaster)], {
    ...account,
    cwd: '/',
    env: ENVIRONMENT,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guardian.on('error', () => undefined);
  guardian.stdin?.on('error', () => undefined);
  guardian.unref();
  (guardian.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  return guardian;
}

/** A port that is free at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, failed) => server.once('error', failed).listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

/** The number in a lock file may be another process's by now: it is the postmaster only if it was started on this folder. */
async function livingPostmaster(home: Home): Promise<number | undefined> {
  const pid = await lockedBy(home);
  const { command } = (await identify(pid)) ?? { command: '' };
  return command.includes(`-D ${home.data} `) ? pid : undefined;
}

/** The number in the lock file, 0 without one. */
async function lockedBy(home: Home): Promise<number> {
  return Number.parseInt((await lockFile(home))[0] ?? '', 10) || 0;
}

async function lockFile(home: Home): Promise<string[]> {
  const text = await readFile(join(home.data, 'postmaster.pid'), 'utf8').catch(() => '');
  return text.split('\n');
}

async function endOfLog(home: Home): Promise<string> {
  const text = await readFile(home.log, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-12).join('\n');
}
