import { randomBytes } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RunAs } from './account.js';

/** Where everything of one embedded database lies. */
export interface Home {
  /** PostgreSQL's own data directory; it belongs to the account that the database runs as. */
  readonly data: string;
  readonly log: string;
  /** The superuser's password, readable by this process's user alone. */
  readonly password: string;
  /** Which process is in charge of the database. */
  readonly owner: string;
  readonly folder: string;
}

/**
 * The home for a requested folder. As root the database runs as another account, which cannot reach a folder under,
 * say, /root: the home is elsewhere then, and a file `location` in the requested folder says where, so that it stays
 * the same however the rights of the folders change.
 */
export async function resolveHome(requested: string, account: RunAs): Promise<Home> {
  await mkdir(requested, { recursive: true, mode: 0o755 });
  const folder = await realpath(requested);
  const location = join(folder, 'location');
  const elsewhere = await readIfThere(location);
  if (elsewhere) return layout(elsewhere);
  if ((await exists(join(folder, 'postgres'))) || (await canReach(folder, account))) return layout(folder);

  const made = await makeReachable();
  try {
    // Whoever comes second takes the place of whoever came first.
    await writeFile(location, `${made}\n`, { flag: 'wx' });
  } catch {
    await rm(made, { recursive: true });
  }
  return layout((await readIfThere(location)) ?? made);
}

/** The password of the home's superuser, made when first asked for. */
export async function passwordOf(home: Home): Promise<string> {
  await writeFile(home.password, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    },
  );
  return (await readFile(home.password, 'utf8')).trim();
}

function layout(folder: string): Home {
  return {
    folder,
    data: join(folder, 'postgres'),
    log: join(folder, 'postgres.log'),
    password: join(folder, 'password'),
    owner: join(folder, 'owner'),
  };
}

async function canReach(folder: string, { uid, gid }: RunAs): Promise<boolean> {
  if (uid === undefined) return true;
  for (let path = folder; ; path = dirname(path)) {
    const { mode, uid: owner, gid: group } = await stat(path);
    const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

async function makeReachable(): Promise<string> {
  const name = `tollgate-${randomBytes(6).toString('hex')}`;
  try {
    await mkdir('/var/lib/tollgate', { recursive: true, mode: 0o755 });
    const folder = join('/var/lib/tollgate', name);
    await mkdir(folder, { mode: 0o711 });
    return folder;
  } catch {
    const parent = await mkdtemp(join(tmpdir(), `${name}-`));
    const folder = join(parent, 'home');
    await mkdir(folder);
    return folder;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    return undefined;
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
