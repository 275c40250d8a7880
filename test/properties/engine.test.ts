import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { brokenBooks } from '../engine/books-check.js';
import { funded, TABLE_BOOK, worldAt } from '../outcomes/table.js';
import { type EngineFixtureOptions, startClockedEngine } from '../support/engine.js';
import { type Burst, runCore, runEngines } from './both-runs.js';
import { type Step, sequence } from './sequences.js';

const RUNS = Number(process.env['TEST_RUNS'] ?? 15);

/** How the commands of a run reach the books. */
interface Way {
  readonly name: string;
  readonly lanes: readonly number[];
  readonly batchMax: readonly number[];
  /** The engines, which take turns: what one knows is out of date once another has had its turn. */
  readonly engines: readonly EngineFixtureOptions[];
  readonly runs: number;
}

const WAYS: readonly Way[] = [
  { name: 'an engine that keeps all it knows', lanes: [1, 3], batchMax: [1, 7, 1000], engines: [{}], runs: RUNS },
  {
    name: 'an engine that forgets at once',
    lanes: [1],
    batchMax: [1, 7, 1000],
    engines: [{ cacheAccounts: 1, cacheReservations: 1 }],
    runs: RUNS,
  },
  { name: 'two engines in turns', lanes: [1, 3], batchMax: [1, 7], engines: [{}, {}], runs: Math.ceil(RUNS / 2) },
];

/** Each run has a start of its own, and so accounts and ids of its own. */
function burstsOf(start: number, steps: readonly Step[], sizes: readonly number[]): Burst[] {
  const world = worldAt(start);
  const opening = ['a', 'b'].flatMap((name) => funded(name, '10'));
  const made = opening.flatMap((row) => (row.does === 'command' ? [row.command(world)] : []));
  const bursts: Burst[] = [{ now: world.start, commands: made }];
  let now = world.start;
  let commands: Burst['commands'] = [];
  for (const step of steps) {
    if ('make' in step) commands = [...commands, step.make(world)];
    if ('make' in step && commands.length < (sizes[bursts.length % sizes.length] ?? 1)) continue;
    bursts.push({ now, commands });
    commands = [];
    if ('wait' in step) now += step.wait;
  }
  return [...bursts, { now, commands }];
}

describe.each([1, 32])('any sequence of commands, in bursts, with %i buckets', (buckets) => {
  /** A database for each property: time does not go back in it, and its journal has partitions for half a year. */
  async function holds(
    [options = {}, ...others]: readonly EngineFixtureOptions[],
    sequences: fc.Arbitrary<{ readonly steps: readonly Step[]; readonly sizes: readonly number[] }>,
    numRuns: number,
  ): Promise<void> {
    const first = await startClockedEngine({ book: TABLE_BOOK, buckets, ...options });
    const engines = [first];
    try {
      for (const other of others) engines.unshift(await startClockedEngine({ on: first, ...other }));
      const property = fc.asyncProperty(sequences, async ({ steps, sizes }) => {
        const bursts = burstsOf(first.clock.now + 1, steps, sizes);
        expect(await runEngines(bursts, engines)).toEqual(runCore(bursts, first.prices));
      });
      await fc.assert(property, { numRuns });
      expect(await brokenBooks(first.owner)).toEqual([]);
    } finally {
      for (const engine of engines) await engine.stop();
    }
  }

  const cases = WAYS.flatMap((way) =>
    way.lanes.flatMap((lanes) => way.batchMax.map((batchMax) => ({ ...way, lanes, batchMax }))),
  );

  test.each(cases)(
    'through $name, with $lanes lanes and batches of at most $batchMax, is what the core alone makes of it',
    async ({ lanes, batchMax, engines, runs }) => {
      const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });
      const options = engines.map((own) => ({ lanes, batchMax, ...own }));
      await holds(options, fc.record({ steps: sequence(80), sizes }), runs);
    },
  );

  test('and one batch of hundreds, which is written in parts, is what the core alone makes of it', async () => {
    const commands = sequence(600, 300).map((steps) => steps.filter((step) => 'make' in step));
    const whole = commands.map((steps) => ({ steps, sizes: [steps.length] }));
    await holds([{}], whole, Math.ceil(RUNS / 4));
  });
});
