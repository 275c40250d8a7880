import type { AccountRange, Called, Job } from '../callers/jobs.js';
import type { Child } from '../children.js';
import type { Floored, FloorJob } from '../floor/jobs.js';
import type { Options, WorkloadName } from '../options.js';
import { callClosed, type Served, type Stage } from '../stage.js';
import type { Written } from '../written.js';

export const WAYS = ['naive', 'unary', 'stream', 'engine', 'floor'] as const;
export type WayName = (typeof WAYS)[number];

/** What a way came to in one round; `p50` and `p99` are in milliseconds. */
export type RoundOfWay = Pick<Called, 'pairs' | 'wallMs'> & { readonly p50: number; readonly p99: number };

/** One way, ready to be measured. */
export interface RunningWay {
  readonly name: WayName;
  /** The process that calls; where engine or floor run in it, it is all there is. */
  readonly client: Child;
  /** The processes that are called. */
  readonly services: readonly Child[];
  run(accounts: AccountRange, forMs: number): Promise<RoundOfWay>;
  /** Makes what is called know all of the accounts, as one does that has run for long. */
  warm(accounts: AccountRange): Promise<void>;
}

/** The obvious way is given the best of these for each workload. */
const POOL_SIZES = [8, 16, 32] as const;
/** More than the largest pool can take, and few enough to be done soon. */
const TUNE_CALLERS = 64;

/** The obvious way behind unary gRPC, with the best of some pools for the workload. */
export async function startNaive(
  stage: Stage,
  url: string,
  accounts: AccountRange,
  workload: WorkloadName,
): Promise<RunningWay> {
  const { tuneMs, callers } = stage.options;
  const written = await stage.writtenTo(url);
  let best: { pairsPerSecond: number; served: Served; client: Child } | undefined;
  for (const connections of POOL_SIZES) {
    const served = await stage.startNaive(`naive-${workload}-${connections}`, url, connections);
    const target = { way: 'unary', addresses: [served.address], token: served.token } as const;
    const client = await stage.startCallers(`naive-${workload}-${connections}-client`, target);
    const { pairs, wallMs } = await callClosed(client, accounts, TUNE_CALLERS, tuneMs);
    written.add(pairs, pairs);
    const pairsPerSecond = (pairs * 1000) / wallMs;
    stage.note(`${workload}: the obvious way over ${connections} connections: ${Math.round(pairsPerSecond)} pairs/s`);
    const worse = best && best.pairsPerSecond >= pairsPerSecond ? { served, client } : best;
    if (worse) await Promise.all([worse.served.child.end(), worse.client.end()]);
    if (!best || worse === best) best = { pairsPerSecond, served, client };
  }
  if (!best) throw new Error('no pool was tried');
  return called('naive', written, best.client, [best.served.child], callers);
}

/** The service in a process of its own, called by another. */
export async function startServed(
  stage: Stage,
  way: 'unary' | 'stream',
  services: readonly Served[],
  url: string,
): Promise<RunningWay> {
  const [first] = services;
  if (!first) throw new Error('no service');
  const addresses = services.map(({ address }) => address);
  const client = await stage.startCallers(`${way}-${services.length}-client`, { way, addresses, token: first.token });
  const processes = services.map(({ child }) => child);
  return called(way, await stage.writtenTo(url), client, processes, stage.options.callers);
}

/** The engine and its callers in one process. */
export async function startInProcess(stage: Stage, url: string): Promise<RunningWay> {
  const { lanes, batchMax, callers } = stage.options;
  const client = await stage.startCallers('engine', { way: 'engine', url, lanes, batchMax });
  return called('engine', await stage.writtenTo(url), client, [], callers);
}

/** The same rows, and nothing decided. */
export async function startFloor(stage: Stage, url: string): Promise<RunningWay> {
  const client = stage.children.start('floor', './floor/process.js');
  await client.ask({ job: 'connect', url, accounts: stage.accounts } satisfies FloorJob);
  const written = await stage.writtenTo(url);
  const batchPairs = batchPairsOf(stage.options);
  return {
    name: 'floor',
    client,
    services: [],
    run: async (accounts, forMs) => {
      const floored = await client.ask<Floored>({ job: 'run', accounts, batchPairs, forMs } satisfies FloorJob);
      written.add(floored.reserves, floored.pairs);
      return floored;
    },
    // It knows where the rows are from its first look at them.
    warm: () => Promise.resolve(),
  };
}

/** Half of the callers' operations are in each batch of a lane, and half of these are reserves. */
function batchPairsOf({ callers, batchMax }: Options): number {
  return Math.max(1, Math.min(Math.floor(callers / 4), Math.floor(batchMax / 2)));
}

function called(
  name: WayName,
  written: Written,
  client: Child,
  services: readonly Child[],
  callers: number,
): RunningWay {
  return {
    name,
    client,
    services,
    run: async (accounts, forMs) => {
      const { pairs, wallMs, both } = await callClosed(client, accounts, callers, forMs);
      written.add(pairs, pairs);
      return { pairs, wallMs, ...both };
    },
    warm: async (accounts) => {
      // The unary way's service is the stream's, which is faster at it.
      if (name === 'unary') return;
      const { pairs } = await client.ask<Called>({ job: 'each', accounts, callers } satisfies Job);
      written.add(pairs, pairs);
    },
  };
}
