import { readFile, rm, writeFile } from 'node:fs/promises';
import type { Home } from './home.js';
import { identify } from './processes.js';

/**
 * Takes charge of the home for this process.
 *
 * @returns false while another living process is in charge. One that died without a word is replaced.
 */
export async function takeCharge(home: Home): Promise<boolean> {
  const me = await identify(process.pid);
  const mine = JSON.stringify({ pid: process.pid, startedAt: me?.startedAt });
  for (;;) {
    try {
      await writeFile(home.owner, mine, { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (await ownerLives(home)) return false;
    await rm(home.owner, { force: true });
  }
}

export async function giveUpCharge(home: Home): Promise<void> {
  await rm(home.owner, { force: true });
}

async function ownerLives(home: Home): Promise<boolean> {
  try {
    const { pid, startedAt } = JSON.parse(await readFile(home.owner, 'utf8')) as { pid: number; startedAt: string };
    return (await identify(pid))?.startedAt === startedAt;
  } catch {
    return false;
  }
}
