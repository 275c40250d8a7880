import { parseArgs } from 'node:util';

export const SECTIONS = ['closed', 'open', 'lonely', 'two', 'holds', 'growth', 'in-process'] as const;
export type Section = (typeof SECTIONS)[number];
export type WorkloadName = 'hot' | 'spread';

export const USAGE = `npm run bench -- [options]

Measures Tollgate beside the obvious way, a transaction for each operation, in one PostgreSQL: the one of DATABASE_URL,
or one that is started for the run.

  --quick            less than 90 seconds: the closed loop alone, with short rounds; for figures to quote, leave it out
  --sections A,B     closed, open, lonely, two, holds, growth (all six unless said), in-process
  --only WORKLOAD    hot or spread alone
  --profile          leave CPU profiles in bench/results/profiles
  --rounds N         5 unless said (3 with --quick)
  --seconds N        of each round: 8 unless said (1.2 with --quick)
  --callers N        512 unless said
  --rows N           journal rows of the growth section: 20 000 000 unless said

  Of the section in-process, where callers, engine and the obvious way are in one process:
  --engine-only      leave the obvious way out
  --few-round-trips  let the obvious way write all rows in one statement, and send BEGIN and COMMIT along
  --lanes N          the engine's, 1 unless said
  --batch-max N      the engine's, 1000 unless said`;

export interface Options {
  readonly sections: readonly Section[];
  readonly workloads: readonly WorkloadName[];
  readonly rounds: number;
  readonly roundMs: number;
  /** How long each way is warmed up, and each pool of the obvious way tried. */
  readonly warmMs: number;
  readonly tuneMs: number;
  readonly callers: number;
  /** A run that has taken so long begins no further round, if there was one. */
  readonly patienceMs: number;
  readonly rows: number;
  readonly lanes: number;
  readonly batchMax: number;
  readonly profile: boolean;
  readonly engineOnly: boolean;
  readonly fewRoundTrips: boolean;
}

/** @returns undefined where only the usage is asked for. @throws TypeError for what is no option. */
export function parseOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      sections: { type: 'string' },
      only: { type: 'string' },
      profile: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      callers: { type: 'string', default: '512' },
      rows: { type: 'string', default: '20000000' },
      'engine-only': { type: 'boolean', default: false },
      'few-round-trips': { type: 'boolean', default: false },
      lanes: { type: 'string', default: '1' },
      'batch-max': { type: 'string', default: '1000' },
    },
  });
  if (values.help) return undefined;
  const { quick } = values;
  const usual: readonly Section[] = quick ? ['closed'] : SECTIONS.filter((section) => section !== 'in-process');
  return {
    sections: values.sections === undefined ? usual : values.sections.split(',').map(sectionOf),
    workloads: (['hot', 'spread'] as const).filter((name) => values.only === undefined || values.only === name),
    rounds: numberOf('rounds', values.rounds ?? (quick ? '3' : '5')),
    roundMs: numberOf('seconds', values.seconds ?? (quick ? '1.2' : '8')) * 1000,
    warmMs: quick ? 800 : 4_000,
    tuneMs: quick ? 700 : 3_000,
    patienceMs: quick ? 60_000 : Number.POSITIVE_INFINITY,
    callers: numberOf('callers', values.callers),
    rows: numberOf('rows', values.rows),
    lanes: numberOf('lanes', values.lanes),
    batchMax: numberOf('batch-max', values['batch-max']),
    profile: values.profile,
    engineOnly: values['engine-only'],
    fewRoundTrips: values['few-round-trips'],
  };
}

function sectionOf(text: string): Section {
  const found = SECTIONS.find((section) => section === text);
  if (!found) throw new TypeError(`--sections: expected some of ${SECTIONS.join(', ')}, not ${text}`);
  return found;
}

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new TypeError(`--${name}: expected a number above 0, not ${text}`);
  return number;
}
