import { mkdir, writeFile } from 'node:fs/promises';
import type { Machine } from './machine.js';
import type { Options } from './options.js';
import { plots } from './report/plots.js';
import type { ClosedWay } from './sections/closed.js';
import type { Compared } from './sections/compared.js';
import type { Growth } from './sections/growth.js';
import type { Held } from './sections/holds.js';
import type { Lonely } from './sections/lonely.js';
import type { OpenLoad } from './sections/open.js';

const FOLDER = 'bench/results';

/** What the sections of a run came to: those that ran. */
export interface Results {
  closed?: readonly ClosedWay[];
  open?: readonly OpenLoad[];
  lonely?: readonly Lonely[];
  two?: readonly Compared[];
  growth?: Growth;
  holds?: readonly Held[];
}

/** Leaves all that was measured where the next run finds it. */
export async function saveResults(results: Results, machine: Machine, options: Options, load: number): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const all = { at: new Date().toISOString(), load, machine, options, ...results };
  await writeFile(`${FOLDER}/latest.json`, `${JSON.stringify(all, undefined, 2)}\n`);
  for (const [name, svg] of plots(results)) await writeFile(`${FOLDER}/${name}`, svg);
}
