import { loadavg } from 'node:os';
import { loadConfig } from '#tollgate/config/config.js';
import { Databases } from './databases.js';
import { runInProcess } from './in-process/run-in-process.js';
import { describeMachine } from './machine.js';
import { type Options, parseOptions, USAGE } from './options.js';
import { printResults } from './report/print.js';
import { ratios } from './report/summary.js';
import { type Results, saveResults } from './results.js';
import { runClosed, startInUse } from './sections/closed.js';
import { runGrowth } from './sections/growth.js';
import { runHolds } from './sections/holds.js';
import { runLonely } from './sections/lonely.js';
import { runOpen } from './sections/open.js';
import { runTwo } from './sections/two.js';
import { Stage } from './stage.js';

async function run(options: Options): Promise<void> {
  const load = loadavg()[0] ?? 0;
  note('starting PostgreSQL');
  const databases = await Databases.open(loadConfig().DATABASE_URL);
  const end = new Ending(() => databases.drop());
  try {
    const stage = await Stage.open(options, databases, note);
    end.before(() => stage.close());
    const machine = await describeMachine(await databases.createEmpty('machine'));
    if (options.sections.includes('in-process'))
      await runInProcess(databases, stage.meter, machine, options, load, note);
    const results = await runSections(stage);
    if (Object.keys(results).length === 0) return;
    await saveResults(results, machine, options, load);
    printResults(results, machine, options, load);
    if (results.closed) console.log(`\n${JSON.stringify(ratios(results.closed))}`);
  } finally {
    await end.run();
  }
}

async function runSections(stage: Stage): Promise<Results> {
  const { sections } = stage.options;
  const results: Results = {};
  if (sections.every((section) => section === 'in-process')) return results;
  const inUse = await startInUse(stage);
  if (sections.includes('closed')) results.closed = await runClosed(stage, inUse);
  if (sections.includes('open')) results.open = await runOpen(stage, inUse, results.closed);
  if (sections.includes('lonely')) results.lonely = await runLonely(stage, inUse);
  if (sections.includes('two')) results.two = await runTwo(stage, inUse);
  if (sections.includes('growth')) results.growth = await runGrowth(stage, inUse);
  if (sections.includes('holds')) results.holds = await runHolds(stage, inUse);
  await stage.checkWritten();
  return results;
}

/** Takes away what the run has made, once: at its end, or when it is interrupted. */
class Ending {
  private readonly steps: (() => Promise<void>)[];
  private ended: Promise<void> | undefined;

  constructor(last: () => Promise<void>) {
    this.steps = [last];
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        note(`${signal}: ending what was started`);
        void this.run().finally(() => process.exit(1));
      });
    }
  }

  before(step: () => Promise<void>): void {
    this.steps.unshift(step);
  }

  run(): Promise<void> {
    this.ended ??= this.runAll();
    return this.ended;
  }

  private async runAll(): Promise<void> {
    for (const step of this.steps) {
      // What cannot be taken away, because it is gone already, must not keep the rest.
      await step().catch((error: unknown) => note(`at the end: ${error instanceof Error ? error.message : error}`));
    }
  }
}

/** Progress goes to standard error: the last line of standard output is the result. */
function note(text: string): void {
  console.error(text);
}

const options = parseOptions();
if (options) await run(options);
else console.log(USAGE);
