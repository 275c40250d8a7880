import type { Machine } from '../machine.js';
import type { Options } from '../options.js';
import type { Results } from '../results.js';
import type { WayName } from '../sections/ways.js';
import { summarise } from './summary.js';
import { fixed, markdown, whole } from './table.js';

const WAY: Readonly<Record<WayName, string>> = {
  naive: 'a transaction an operation, unary',
  unary: 'Tollgate, unary',
  stream: 'Tollgate, stream',
  engine: 'the engine in process',
  floor: 'the same rows, nothing decided',
};

/** For a person. */
export function printResults(results: Results, machine: Machine, options: Options, load: number): void {
  const parts = [closedTable(results), aboutMachine(machine, options, load)];
  console.log(parts.filter((part) => part !== '').join('\n\n'));
}

function closedTable({ closed }: Results): string {
  if (!closed) return '';
  const header = 'accounts,way,"pairs/s, median",least to most,p50 ms,p99 ms,client µs/pair,service µs/pair';
  const columns = [...header.matchAll(/"([^"]*)"|[^,]+/g)].map(([text, quoted]) => quoted ?? text);
  const rows = summarise(closed).map((way) => [
    way.workload,
    WAY[way.way],
    whole(way.pairsPerSecond),
    `${whole(way.least)} to ${whole(way.most)}`,
    fixed(way.p50),
    fixed(way.p99),
    whole(way.clientCpu),
    whole(way.serviceCpu),
    whole(way.databaseCpu),
    fixed(way.overNaive),
  ]);
  return markdown([...columns, 'PostgreSQL µs/pair', 'ratio'], 2, rows);
}

function aboutMachine(
  { cpu, cores, memoryGiB, node, commitMs, settings }: Machine,
  options: Options,
  load: number,
): string {
  const others = Object.entries(settings).filter(([name]) => name !== 'server_version');
  return [
    `${options.callers} callers; ${options.rounds} interleaved rounds of ${options.roundMs / 1000} s each`,
    `${cpu}, ${cores} cores, ${memoryGiB} GiB; Node ${node}; load ${load.toFixed(2)} before the run`,
    `PostgreSQL ${settings.server_version}; a commit by itself takes ${commitMs.toFixed(2)} ms`,
    others.map(([name, value]) => `${name}=${value}`).join(' '),
  ].join('\n');
}
