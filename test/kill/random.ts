/** Random numbers that a seed repeats (mulberry32). */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** From 0 up to, and without, 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `min` to `max`, both among them. */
  whole(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.whole(0, from.length - 1)];
    if (picked === undefined) throw new Error('there is nothing to pick from');
    return picked;
  }

  /** Another one, which goes its own way. */
  fork(): Random {
    return new Random(this.whole(0, 2 ** 32 - 1));
  }
}

/** `TEST_SEED`, or one by the clock: a test's name has it, so that a failure can be repeated. */
export const SEED = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);

/** How often a kill test kills: as often as said, or `TEST_KILLS` times. */
export function kills(usually: number): number {
  return Number(process.env['TEST_KILLS'] ?? usually);
}
