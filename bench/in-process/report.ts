import type { Machine } from '../machine.js';
import { median } from '../numbers.js';
import type { ComparisonOptions } from './comparison.js';
import type { Round } from './measure.js';

/** All rounds of one workload. */
export interface Measured {
  readonly workload: 'hot' | 'spread';
  readonly connections: number;
  readonly oneByOne: readonly Round[];
  readonly engine: readonly Round[];
}

interface Summary {
  readonly pairs: number;
  readonly least: number;
  readonly most: number;
  readonly p50: number;
  readonly p99: number;
  readonly ownCpu: number;
  readonly databaseCpu: number;
}

function summarise(rounds: readonly Round[]): Summary {
  const pairs = rounds.map((round) => round.pairsPerSecond);
  return {
    pairs: median(pairs),
    least: Math.min(...pairs),
    most: Math.max(...pairs),
    p50: median(rounds.map((round) => round.p50)),
    p99: median(rounds.map((round) => round.p99)),
    ownCpu: median(rounds.map((round) => round.ownCpu)),
    databaseCpu: median(rounds.map((round) => round.databaseCpu ?? Number.NaN)),
  };
}

/** For a person: a table in Markdown, and what it was measured on. */
export function printTable(
  measured: readonly Measured[],
  machine: Machine,
  options: ComparisonOptions,
  load: number,
): void {
  const out = [
    '',
    '| accounts | way | pairs/s, median | least to most | p50 ms | p99 ms | Node µs/pair | PostgreSQL µs/pair | ratio |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
  ];
  for (const { workload, connections, oneByOne, engine } of measured) {
    const [a, b] = [summarise(oneByOne), summarise(engine)];
    if (oneByOne.length > 0) out.push(line(workload, `a transaction an operation, ${connections} connections`, a, 1));
    out.push(line(workload, 'the engine', b, b.pairs / a.pairs));
  }
  const { settings } = machine;
  out.push(
    '',
    `${options.callers} callers in the process that decides; ${options.rounds} rounds of ${options.roundMs / 1000} s each, interleaved`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB; Node ${machine.node}; load ${load.toFixed(2)} before the run`,
    `PostgreSQL ${settings.server_version}; a commit by itself takes ${machine.commitMs.toFixed(2)} ms`,
    Object.entries(settings)
      .filter(([name]) => name !== 'server_version')
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
  );
  console.log(out.join('\n'));
}

function line(
  workload: string,
  way: string,
  { pairs, least, most, p50, p99, ownCpu, databaseCpu }: Summary,
  ratio: number,
): string {
  const whole = (value: number) => Math.round(value).toLocaleString('en').replaceAll(',', ' ');
  const cells = [
    workload,
    way,
    whole(pairs),
    `${whole(least)} to ${whole(most)}`,
    p50.toFixed(1),
    p99.toFixed(1),
    whole(ownCpu),
    whole(databaseCpu),
    ratio.toFixed(1),
  ];
  return `| ${cells.join(' | ')} |`;
}
