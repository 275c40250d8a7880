import fc from 'fast-check';
import { succeed } from '../engine/scenario.js';
import { funded, type World, worldAt } from '../outcomes/table.js';
import { type Step, sequence } from '../properties/sequences.js';
import type { EngineFixture } from '../support/engine.js';

/** Random books: commands of every kind, on accounts of many worlds. */
export interface RandomBooks {
  readonly worlds: readonly World[];
  /** The accounts, two in each world. */
  readonly accountIds: readonly string[];
}

/**
 * Carries out random sequences, the same for the same seed, on two accounts of each world. Sequences run at the same
 * time, so that batches mix them. Time goes by for all through the buckets' own moments, which the ledger never goes
 * behind, and only where the first sequence says so.
 */
export async function fillBooks(
  engine: EngineFixture,
  seed: number,
  worlds: number,
  steps: number,
): Promise<RandomBooks> {
  const made = Array.from({ length: worlds }, (_, index) => worldAt(Date.now() - 1_000 - index));
  const all = fc.sample(sequence(steps), { seed, numRuns: worlds * steps }).flat();
  const ofWorld = (index: number) => all.slice(index * steps, (index + 1) * steps);
  await Promise.all(made.map((world, index) => runSteps(engine, world, ofWorld(index), index === 0)));
  return { worlds: made, accountIds: made.flatMap((world) => [world.id('a'), world.id('b')]) };
}

async function runSteps(
  engine: EngineFixture,
  world: World,
  steps: readonly Step[],
  tellsTime: boolean,
): Promise<void> {
  const opening = ['a', 'b'].flatMap((name) => funded(name, '10'));
  for (const row of opening) if (row.does === 'command') await succeed(engine.ledger, row.command(world));
  for (const step of steps) {
    if ('make' in step) await engine.ledger.submit(step.make(world));
    else if (tellsTime) await passTime(engine, step.wait);
  }
}

/**
 * Moves every bucket ahead, one after another, as the engine locks them. The head is another one afterwards, as after
 * any append of another process, so that the engine looks at the moment again.
 */
export async function passTime(engine: EngineFixture, ms: number): Promise<void> {
  for (let bucket = 0; bucket < engine.ledger.buckets; bucket += 1) {
    await engine.owner.query(
      `UPDATE bucket SET now = greatest(now, date_trunc('milliseconds', clock_timestamp())) + $1 * interval '1 millisecond',
                         head = gen_random_uuid()
       WHERE bucket = $2`,
      [ms, bucket],
    );
  }
}
