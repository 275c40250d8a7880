import { median } from '../numbers.js';
import type { WorkloadName } from '../options.js';
import type { ClosedRound, ClosedWay } from '../sections/closed.js';
import type { WayName } from '../sections/ways.js';

/** The median of each figure over the rounds. */
export interface WaySummary extends ClosedRound {
  readonly workload: WorkloadName;
  readonly way: WayName;
  readonly least: number;
  readonly most: number;
  /** How many times as many pairs a second as the obvious way. */
  readonly overNaive: number;
}

export function summarise(measured: readonly ClosedWay[]): WaySummary[] {
  return measured.map(({ workload, way, rounds }) => {
    const of = (figure: keyof ClosedRound): number => median(rounds.map((round) => round[figure] ?? Number.NaN));
    const ofSome = (figure: keyof ClosedRound) => (rounds[0]?.[figure] === undefined ? undefined : of(figure));
    const rates = rounds.map(({ pairsPerSecond }) => pairsPerSecond);
    return {
      workload,
      way,
      pairsPerSecond: of('pairsPerSecond'),
      least: Math.min(...rates),
      most: Math.max(...rates),
      p50: of('p50'),
      p99: of('p99'),
      clientCpu: ofSome('clientCpu'),
      serviceCpu: ofSome('serviceCpu'),
      databaseCpu: ofSome('databaseCpu'),
      overNaive: of('pairsPerSecond') / rateOf(measured, workload, 'naive'),
    };
  });
}

/** The median rate of one way. */
export function rateOf(measured: readonly ClosedWay[], workload: WorkloadName, way: WayName): number {
  const found = measured.find((one) => one.workload === workload && one.way === way);
  return median(found?.rounds.map(({ pairsPerSecond }) => pairsPerSecond) ?? []);
}

/** What a program wants to know: one object for each workload. */
export function ratios(measured: readonly ClosedWay[]): Record<string, Record<string, number>> {
  const workloads = [...new Set(measured.map(({ workload }) => workload))];
  return Object.fromEntries(
    workloads.map((workload) => {
      const of = (way: WayName) => rateOf(measured, workload, way);
      return [
        workload,
        {
          stream_over_naive: rounded(of('stream') / of('naive')),
          unary_over_naive: rounded(of('unary') / of('naive')),
          engine_over_floor: rounded(of('engine') / of('floor')),
          stream_pairs_per_s: Math.round(of('stream')),
        },
      ];
    }),
  );
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
