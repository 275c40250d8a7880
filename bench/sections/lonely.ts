import type { Called } from '../callers/jobs.js';
import type { Child } from '../children.js';
import { callClosed, RANGES, type Stage } from '../stage.js';
import type { ServiceInUse } from './closed.js';
import type { WayName } from './ways.js';

const CONNECTIONS = 8;

/** What one caller sees who is alone: all of its rounds together. */
export interface Lonely {
  readonly way: WayName;
  readonly rounds: Called[];
}

/** One caller, closed loop, on one account: the obvious way and the stream in turn. */
export async function runLonely(stage: Stage, { stream, url }: ServiceInUse): Promise<Lonely[]> {
  const naiveUrl = await stage.database('naive');
  const served = await stage.startNaive('naive-lonely', naiveUrl, CONNECTIONS);
  const target = { way: 'unary', addresses: [served.address], token: served.token } as const;
  const naive = await stage.startCallers('naive-lonely-client', target);
  const contests: { lonely: Lonely; client: Child; url: string }[] = [
    { lonely: { way: 'naive', rounds: [] }, client: naive, url: naiveUrl },
    { lonely: { way: 'stream', rounds: [] }, client: stream.client, url },
  ];
  for (const { url: to } of contests) await stage.writtenTo(to);
  const { rounds, warmMs, roundMs } = stage.options;
  for (let round = 0; round <= rounds; round += 1) {
    for (const { lonely, client, url: to } of contests) {
      const called = await callClosed(client, RANGES.hot, 1, round === 0 ? warmMs : roundMs);
      (await stage.writtenTo(to)).add(called.pairs, called.pairs);
      if (round === 0) continue;
      lonely.rounds.push(called);
      stage.note(
        `lonely, ${lonely.way}: reserve ${called.reserve.p50.toFixed(2)} ms, settle ${called.settle.p50.toFixed(2)} ms`,
      );
    }
  }
  await naive.end();
  await served.child.end();
  return contests.map(({ lonely }) => lonely);
}
