import type { Machine } from '../machine.js';
import { median } from '../numbers.js';
import type { Options } from '../options.js';
import type { Results } from '../results.js';
import type { Compared } from '../sections/compared.js';
import type { WayName } from '../sections/ways.js';
import { summarise } from './summary.js';
import { fixed, markdown, whole } from './table.js';

/** What the tables and plots call the ways. */
export const WAY_NAMES: Readonly<Record<WayName, string>> = {
  naive: 'a transaction an operation, unary',
  unary: 'Tollgate, unary',
  stream: 'Tollgate, stream',
  engine: 'the engine, in process',
  floor: 'the same rows, nothing decided',
};

/** For a person: a table in Markdown for each section that ran, and what it was measured on. */
export function printResults(results: Results, machine: Machine, options: Options, load: number): void {
  const parts = [
    closedTable(results),
    openTable(results),
    lonelyTable(results),
    comparedTable(results.two ?? []),
    comparedTable(results.growth?.compared ?? []),
    comparedTable((results.holds ?? []).flatMap(({ compared }) => compared)),
    aboutMachine(machine, options, load),
  ];
  console.log(`\n${parts.filter((part) => part !== '').join('\n\n')}`);
}

function closedTable({ closed }: Results): string {
  if (!closed) return '';
  const rows = summarise(closed).map((way) => [
    way.workload,
    WAY_NAMES[way.way],
    whole(way.pairsPerSecond),
    `${whole(way.least)} to ${whole(way.most)}`,
    fixed(way.p50),
    fixed(way.p99),
    whole(way.clientCpu),
    whole(way.serviceCpu),
    whole(way.databaseCpu),
    fixed(way.overNaive),
  ]);
  const rates = ['pairs/s, median', 'least to most', 'p50 ms', 'p99 ms'];
  const cpu = ['client µs/pair', 'service µs/pair', 'PostgreSQL µs/pair'];
  return markdown(['accounts', 'way', ...rates, ...cpu, 'ratio'], 2, rows);
}

function openTable({ open }: Results): string {
  if (!open) return '';
  const rows = open.map(({ workload, share, rate, answered, reserve, settle }) => [
    workload,
    `${Math.round(share * 100)} %`,
    whole(rate),
    whole(answered),
    ...[reserve.p50, reserve.p99, settle.p50, settle.p99].map((ms) => fixed(ms)),
  ]);
  const latencies = ['reserve p50 ms', 'p99 ms', 'settle p50 ms', 'p99 ms'];
  return markdown(['accounts', 'load', 'arrivals/s', 'answered/s', ...latencies], 2, rows);
}

function lonelyTable({ lonely }: Results): string {
  if (!lonely) return '';
  const rows = lonely.map(({ way, rounds }) => [
    WAY_NAMES[way],
    whole(median(rounds.map(({ pairs, wallMs }) => (pairs * 1000) / wallMs))),
    ...(['reserve', 'settle'] as const).flatMap((kind) =>
      (['p50', 'p99'] as const).map((quantile) => fixed(median(rounds.map((round) => round[kind][quantile])), 2)),
    ),
  ]);
  return markdown(['one caller', 'pairs/s', 'reserve p50 ms', 'p99 ms', 'settle p50 ms', 'p99 ms'], 1, rows);
}

/** The ratio is to the one before it, where they are compared with each other in pairs. */
function comparedTable(compared: readonly Compared[]): string {
  if (compared.length === 0) return '';
  const rateOf = ({ rounds }: Compared) => median(rounds.map(({ pairsPerSecond }) => pairsPerSecond));
  const rows = compared.map((one, index) => {
    const rates = one.rounds.map(({ pairsPerSecond }) => pairsPerSecond);
    const first = compared[index - (index % 2)] as Compared;
    return [
      one.workload === 'spread' ? 'spread' : 'hot',
      one.what,
      whole(rateOf(one)),
      `${whole(Math.min(...rates))} to ${whole(Math.max(...rates))}`,
      ...(['p50', 'p99'] as const).map((figure) => fixed(median(one.rounds.map((round) => round[figure])))),
      ...(['serviceCpu', 'databaseCpu'] as const).map((figure) =>
        whole(median(one.rounds.map((round) => round[figure] ?? Number.NaN))),
      ),
      fixed(rateOf(one) / rateOf(first), 2),
    ];
  });
  const figures = ['p50 ms', 'p99 ms', 'service µs/pair', 'PostgreSQL µs/pair', 'ratio'];
  return markdown(['accounts', 'stream', 'pairs/s, median', 'least to most', ...figures], 2, rows);
}

function aboutMachine(
  { cpu, cores, memoryGiB, node, commitMs, settings }: Machine,
  options: Options,
  load: number,
): string {
  const others = Object.entries(settings).filter(([name]) => name !== 'server_version');
  return [
    `${options.callers} callers; up to ${options.rounds} interleaved rounds of ${options.roundMs / 1000} s each`,
    `${cpu}, ${cores} cores, ${memoryGiB} GiB; Node ${node}; load ${load.toFixed(2)} before the run`,
    `PostgreSQL ${settings.server_version}; a commit by itself takes ${commitMs.toFixed(2)} ms`,
    others.map(([name, value]) => `${name}=${value}`).join(' '),
  ].join('\n');
}
