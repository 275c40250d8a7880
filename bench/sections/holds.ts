import type { Job } from '../callers/jobs.js';
import { RANGES, type Stage } from '../stage.js';
import type { ServiceInUse } from './closed.js';
import { type Compared, compare } from './compared.js';

const HOLDS = [1_000, 10_000, 100_000] as const;

/** One account with open holds beside one without. */
export interface Held {
  readonly holds: number;
  readonly compared: readonly Compared[];
}

/** Makes more and more holds that stay on one account, and measures pairs on it beside pairs on another. */
export async function runHolds(stage: Stage, { url, stream }: ServiceInUse): Promise<Held[]> {
  const written = await stage.writtenTo(url);
  const results: Held[] = [];
  let open = 0;
  for (const holds of HOLDS) {
    stage.note(`making ${holds - open} holds`);
    await stream.client.ask({ job: 'hold', accounts: RANGES.holds, holds: holds - open } satisfies Job);
    written.add(holds - open, 0);
    open = holds;
    const compared = await compare(stage, [
      { workload: 'hot', what: 'no open hold', way: stream },
      { workload: 'holds', what: `${holds} open holds`, way: stream },
    ]);
    results.push({ holds, compared });
  }
  return results;
}
