import type { Called, Job, Latencies } from '../callers/jobs.js';
import { median } from '../numbers.js';
import type { WorkloadName } from '../options.js';
import { rateOf } from '../report/summary.js';
import { RANGES, type Stage } from '../stage.js';
import { type ClosedWay, measureWay, type ServiceInUse, warmAll } from './closed.js';

const SHARES = [0.25, 0.5, 0.8] as const;

/** Arrivals at a fixed rate over the stream; latencies count from when an operation was due. */
export interface OpenLoad {
  readonly workload: WorkloadName;
  /** Of the closed loop's rate. */
  readonly share: number;
  /** Pairs a second. */
  readonly rate: number;
  /** How many of them were answered. */
  readonly answered: number;
  /** Medians over the rounds. */
  readonly reserve: Latencies;
  readonly settle: Latencies;
}

/** The loads take turns, round by round. */
export async function runOpen(
  stage: Stage,
  inUse: ServiceInUse,
  closed: readonly ClosedWay[] | undefined,
): Promise<OpenLoad[]> {
  const { workloads, rounds, roundMs } = stage.options;
  const loads = [];
  for (const workload of workloads) {
    const capacity = closed ? rateOf(closed, workload, 'stream') : await capacityOf(stage, inUse, workload);
    for (const share of SHARES) loads.push({ workload, share, rate: capacity * share, rounds: [] as Called[] });
  }
  for (let round = 1; round <= rounds; round += 1)
    for (const load of loads) load.rounds.push(await runLoad(stage, inUse, load.workload, load.rate));
  return loads.map(({ rounds: called, ...load }) => ({
    ...load,
    answered: (median(called.map(({ pairs }) => pairs)) * 1000) / roundMs,
    reserve: medians(called.map(({ reserve }) => reserve)),
    settle: medians(called.map(({ settle }) => settle)),
  }));
}

async function capacityOf(stage: Stage, { stream }: ServiceInUse, workload: WorkloadName): Promise<number> {
  await warmAll([stream], workload, stage.options.warmMs);
  return (await measureWay(stage, stream, workload)).pairsPerSecond;
}

async function runLoad(
  stage: Stage,
  { stream, url }: ServiceInUse,
  workload: WorkloadName,
  rate: number,
): Promise<Called> {
  const job: Job = { job: 'open', accounts: RANGES[workload], rate, forMs: stage.options.roundMs };
  const called = await stream.client.ask<Called>(job);
  (await stage.writtenTo(url)).add(called.pairs, called.pairs);
  const { reserve, settle } = called;
  stage.note(
    `open, ${workload} at ${Math.round(rate)}/s: reserve ${reserve.p50.toFixed(1)} and ${reserve.p99.toFixed(1)} ms, settle ${settle.p50.toFixed(1)} and ${settle.p99.toFixed(1)} ms (p50 and p99)`,
  );
  return called;
}

function medians(latencies: readonly Latencies[]): Latencies {
  return { p50: median(latencies.map(({ p50 }) => p50)), p99: median(latencies.map(({ p99 }) => p99)) };
}
