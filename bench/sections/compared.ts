import { RANGES, type Stage } from '../stage.js';
import { type ClosedRound, measureWay, warmAll } from './closed.js';
import type { RunningWay } from './ways.js';

/** The rounds of one of several that are compared. */
export interface Compared {
  readonly workload: keyof typeof RANGES;
  readonly what: string;
  readonly rounds: readonly ClosedRound[];
}

export interface Contestant {
  readonly workload: keyof typeof RANGES;
  readonly what: string;
  readonly way: RunningWay;
}

/** Warms all of them up, and then lets them take turns, round by round. */
export async function compare(stage: Stage, contestants: readonly Contestant[]): Promise<Compared[]> {
  const { rounds, warmMs } = stage.options;
  for (const { way, workload } of contestants) await warmAll([way], workload, warmMs);
  const compared = contestants.map(({ workload, what, way }) => ({ workload, what, way, rounds: [] as ClosedRound[] }));
  for (let round = 1; round <= rounds; round += 1) {
    for (const { workload, what, way, rounds: measured } of compared) {
      const one = await measureWay(stage, way, workload);
      measured.push(one);
      stage.note(`${what}, ${workload}, round ${round}: ${Math.round(one.pairsPerSecond)} pairs/s`);
    }
  }
  return compared.map(({ workload, what, rounds: measured }) => ({ workload, what, rounds: measured }));
}
