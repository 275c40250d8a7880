import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { writeHistory } from '../history.js';
import type { Stage } from '../stage.js';
import type { ServiceInUse } from './closed.js';
import { type Compared, compare } from './compared.js';
import { startServed } from './ways.js';

/** What a journal row of history takes on the disk, with its half of a transfer, their indexes and their log. */
const BYTES_A_ROW = 1_400;
/** How much of the disk may be filled. */
const SHARE_OF_DISK = 0.6;

export interface Growth {
  /** Of the journal. */
  readonly rows: number;
  readonly compared: readonly Compared[];
}

/** A ledger with a long past beside one with a short one. */
export async function runGrowth(stage: Stage, { stream }: ServiceInUse): Promise<Growth> {
  const url = await stage.database('grown');
  const fits = await rowsThatFit();
  const wanted = Math.min(stage.options.rows, fits);
  if (wanted < stage.options.rows) stage.note(`the disk has room for ${wanted} rows of history only`);
  stage.note(`making ${wanted} rows of history`);
  const rows = await writeHistory(url, stage.accounts, wanted, stage.note);
  await stage.databases.checkpoint();
  const service = await stage.startService('service-grown', url);
  const grown = await startServed(stage, 'stream', [service], url);
  const compared = await compare(
    stage,
    stage.options.workloads.flatMap((workload) => [
      { workload, what: 'empty', way: stream },
      { workload, what: `${rows} journal rows`, way: grown },
    ]),
  );
  await grown.client.end();
  await service.child.end();
  return { rows, compared };
}

/** Where PostgreSQL is another's, this machine's disk tells nothing, and the most is assumed that it tells. */
async function rowsThatFit(): Promise<number> {
  const { bavail, bsize } = await statfs(tmpdir());
  return Math.floor((bavail * bsize * SHARE_OF_DISK) / BYTES_A_ROW);
}
