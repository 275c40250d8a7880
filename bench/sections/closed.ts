import { performance } from 'node:perf_hooks';
import type { WorkloadName } from '../options.js';
import { RANGES, type Served, type Stage } from '../stage.js';
import { type RunningWay, startFloor, startInProcess, startNaive, startServed, type WayName } from './ways.js';

/** One round of one way: rates in pairs a second, times in milliseconds, processor time in microseconds for a pair. */
export interface ClosedRound {
  readonly pairsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly clientCpu: number | undefined;
  readonly serviceCpu: number | undefined;
  readonly databaseCpu: number | undefined;
}

export interface ClosedWay {
  readonly workload: WorkloadName;
  readonly way: WayName;
  readonly rounds: ClosedRound[];
}

/** The service that all sections go on with, and its callers over the stream. */
export interface ServiceInUse {
  readonly url: string;
  readonly service: Served;
  readonly stream: RunningWay;
}

export async function startInUse(stage: Stage): Promise<ServiceInUse> {
  const url = await stage.database('service');
  const service = await stage.startService('service', url);
  return { url, service, stream: await startServed(stage, 'stream', [service], url) };
}

/**
 * Closed loop: as many callers as said, each doing pair after pair. All ways take turns, round by round, so that what
 * else the machine does meets them alike.
 */
export async function runClosed(stage: Stage, inUse: ServiceInUse): Promise<ClosedWay[]> {
  const { workloads, rounds, warmMs, patienceMs } = stage.options;
  const naiveUrl = await stage.database('naive');
  const others = [
    await startServed(stage, 'unary', [inUse.service], inUse.url),
    inUse.stream,
    await startInProcess(stage, await stage.database('engine')),
    await startFloor(stage, await stage.database('floor')),
  ];
  const contests: { readonly ways: readonly RunningWay[]; readonly results: readonly ClosedWay[] }[] = [];
  for (const workload of workloads) {
    const ways = [await startNaive(stage, naiveUrl, RANGES[workload], workload), ...others];
    await warmAll(others, workload, warmMs);
    contests.push({ ways, results: ways.map((way) => ({ workload, way: way.name, rounds: [] })) });
  }
  await stage.databases.checkpoint();
  for (let round = 1; round <= rounds; round += 1) {
    for (const { ways, results } of contests) {
      // Where the machine is busy, fewer rounds are better than a quick run that is not quick.
      if (round > 1 && performance.now() > patienceMs) continue;
      for (const [index, way] of ways.entries()) await runRound(stage, way, results[index] as ClosedWay, round);
    }
  }
  await stage.checkWritten();
  for (const { ways } of contests) await endAll(ways);
  return contests.flatMap(({ results }) => results);
}

/** The obvious way keeps no accounts in memory, and has been warmed up by the choice of its pool. */
export async function warmAll(
  ways: readonly RunningWay[],
  workload: keyof typeof RANGES,
  forMs: number,
): Promise<void> {
  for (const way of ways) {
    await way.warm(RANGES[workload]);
    await way.run(RANGES[workload], forMs);
  }
}

async function runRound(stage: Stage, way: RunningWay, { workload, rounds }: ClosedWay, round: number): Promise<void> {
  const measured = await measureWay(stage, way, workload);
  rounds.push(measured);
  stage.note(`round ${round}, ${workload}, ${way.name}: ${Math.round(measured.pairsPerSecond)} pairs/s`);
}

/** One round of one way, with the processor time of all that takes part. */
export async function measureWay(stage: Stage, way: RunningWay, workload: keyof typeof RANGES): Promise<ClosedRound> {
  const pids = [way.client, ...way.services].map(({ pid }) => pid);
  let result: Awaited<ReturnType<RunningWay['run']>> | undefined;
  const took = await stage.meter.measure(async () => {
    result = await way.run(RANGES[workload], stage.options.roundMs);
  }, pids);
  if (!result) throw new Error('the round came to nothing');
  const { pairs, wallMs, p50, p99 } = result;
  const each = (micros: number | undefined) => (micros === undefined ? undefined : micros / pairs);
  const [clientCpu, ...servicesCpu] = took.processes.map(each);
  return {
    pairsPerSecond: (pairs * 1000) / wallMs,
    p50,
    p99,
    clientCpu,
    serviceCpu: servicesCpu.length === 0 ? undefined : sum(servicesCpu),
    databaseCpu: each(took.database),
  };
}

/** Unknown where one of them is. */
function sum(figures: readonly (number | undefined)[]): number | undefined {
  let total = 0;
  for (const figure of figures) {
    if (figure === undefined) return undefined;
    total += figure;
  }
  return total;
}

/** What is done with takes no more memory. */
async function endAll(ways: readonly RunningWay[]): Promise<void> {
  for (const { name, client, services } of ways) {
    if (name === 'stream') continue;
    await client.end();
    if (name === 'naive') for (const service of services) await service.end();
  }
}
