import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { loadConfig } from '#tollgate/config/config.js';
import { Comparison, type ComparisonOptions } from './comparison.js';
import { CpuMeter } from './cpu.js';
import { openDatabases } from './databases.js';
import { describeMachine } from './machine.js';
import { printJson, printTable } from './report.js';

const USAGE = `npm run bench -- [options]

Compares the engine with the obvious way, a transaction for each operation, side by side in one PostgreSQL:
the one of DATABASE_URL, or one that is started for the run.

  --quick          a run of less than a minute; for figures to quote, leave it out
  --profile        leave CPU profiles of the engine's rounds in bench/results
  --only WORKLOAD  hot or spread alone
  --engine-only    leave the obvious way out
  --few-round-trips  let the obvious way write all rows in one statement, and send BEGIN and COMMIT along
  --rounds N       5 unless said (3 with --quick)
  --seconds N      of each round: 8 unless said (2.5 with --quick)
  --callers N      512 unless said
  --lanes N        the engine's, 1 unless said
  --batch-max N    the engine's, 1000 unless said`;

function parseOptions(): ComparisonOptions | undefined {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      'engine-only': { type: 'boolean', default: false },
      'few-round-trips': { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      callers: { type: 'string', default: '512' },
      lanes: { type: 'string', default: '1' },
      'batch-max': { type: 'string', default: '1000' },
    },
  });
  if (values.help) return undefined;
  return {
    workloads: (['hot', 'spread'] as const).filter((name) => values.only === undefined || values.only === name),
    rounds: Number(values.rounds ?? (values.quick ? 3 : 5)),
    roundMs: Number(values.seconds ?? (values.quick ? 2.5 : 8)) * 1000,
    tuneMs: values.quick ? 1000 : 3000,
    callers: Number(values.callers),
    lanes: Number(values.lanes),
    batchMax: Number(values['batch-max']),
    profile: values.profile,
    engineOnly: values['engine-only'],
    fewRoundTrips: values['few-round-trips'],
  };
}

async function run(options: ComparisonOptions): Promise<void> {
  const load = loadavg()[0] ?? 0;
  note('starting PostgreSQL, migrating two databases');
  const databases = await openDatabases(loadConfig().DATABASE_URL);
  try {
    const machine = await describeMachine(databases.engineUrl);
    const meter = await CpuMeter.open(databases.engineUrl);
    const measured = await new Comparison(databases, meter, options, note).run();
    await meter.close();
    printTable(measured, machine, options, load);
    printJson(measured);
  } finally {
    await databases.drop();
  }
}

/** Progress goes to standard error: the last line of standard output is the result. */
function note(text: string): void {
  console.error(text);
}

const options = parseOptions();
if (options) await run(options);
else console.log(USAGE);
