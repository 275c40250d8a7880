import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { brokenBooks } from '../engine/books-check.js';
import { funded, TABLE_BOOK, worldAt } from '../outcomes/table.js';
import { type EngineFixture, startEngine } from '../support/engine.js';
import { type Burst, runCore, runEngine } from './both-runs.js';
import { type Step, sequence } from './sequences.js';

const RUNS = Number(process.env['TEST_RUNS'] ?? 15);
/** Far enough ahead that the clock does not catch up with it during the test. */
const AHEAD_MS = 6 * 3_600_000;

/** Each run has a start of its own, and so accounts and ids of its own. */
let nextStart = Date.now() + AHEAD_MS;

function burstsOf(steps: readonly Step[], sizes: readonly number[]): Burst[] {
  const world = worldAt(nextStart++);
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
  let first: EngineFixture;
  beforeAll(async () => {
    first = await startEngine({ book: TABLE_BOOK, buckets });
  });
  afterAll(() => first.stop());

  async function compare(engine: EngineFixture, steps: readonly Step[], sizes: readonly number[]): Promise<void> {
    const bursts = burstsOf(steps, sizes);
    expect(await runEngine(bursts, engine)).toEqual(runCore(bursts, engine.prices));
  }

  describe.each([1, 3])('with %i lanes', (lanes) => {
    test.each([1, 7, 1000])('and batches of at most %i is what the core alone makes of it', async (batchMax) => {
      const engine = await startEngine({ on: first, lanes, batchMax });
      const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });
      try {
        const property = fc.asyncProperty(sequence(80), sizes, (steps, burstSizes) =>
          compare(engine, steps, burstSizes),
        );
        await fc.assert(property, { numRuns: RUNS });
      } finally {
        await engine.stop();
      }
      expect(await brokenBooks(first.owner)).toEqual([]);
    });
  });

  test('and one batch of hundreds, which is written in parts, is what the core alone makes of it', async () => {
    const engine = await startEngine({ on: first });
    const commands = sequence(600, 300).map((steps) => steps.filter((step) => 'make' in step));
    try {
      const property = fc.asyncProperty(commands, (steps) => compare(engine, steps, [steps.length]));
      await fc.assert(property, { numRuns: Math.ceil(RUNS / 4) });
    } finally {
      await engine.stop();
    }
    expect(await brokenBooks(first.owner)).toEqual([]);
  });
});
