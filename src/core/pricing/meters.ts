import type { Quantities } from './price.js';

/** Every meter that Tollgate counts. They are disjoint: `input_tokens` are those neither read from nor written to a cache. */
export const METERS = [
  'input_tokens',
  'cached_input_tokens',
  'cache_write_input_tokens',
  'audio_input_tokens',
  'image_input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'images',
  'seconds',
  'clips',
  'characters',
  'units',
  'tracks',
  'requests',
  'upstream_cost',
] as const;

export type Meter = (typeof METERS)[number];

const KNOWN: ReadonlySet<string> = new Set(METERS);

const RANK: ReadonlyMap<string, number> = new Map(METERS.map((meter, index) => [meter, index]));

/**
 * The meters of some quantities in the order of `METERS`, then those that Tollgate does not know. A caller writes them
 * in any order and the journal keeps them in another: the lines of a price must not depend on that.
 */
export function metersOf(quantities: Quantities): string[] {
  const meters = Object.keys(quantities);
  // They mostly come in order, and to look takes a third of what sorting does.
  for (let i = 1; i < meters.length; i += 1) {
    if (byRank(meters[i - 1] as string, meters[i] as string) > 0) return meters.sort(byRank);
  }
  return meters;
}

function byRank(a: string, b: string): number {
  return (RANK.get(a) ?? METERS.length) - (RANK.get(b) ?? METERS.length) || (a < b ? -1 : 1);
}

export function isMeter(name: string): name is Meter {
  return KNOWN.has(name);
}

/** A meter that refines another is charged at the other's rate where the model has none for itself. */
export const PARENTS: Readonly<Partial<Record<Meter, Meter>>> = {
  cached_input_tokens: 'input_tokens',
  cache_write_input_tokens: 'input_tokens',
  audio_input_tokens: 'input_tokens',
  image_input_tokens: 'input_tokens',
  reasoning_tokens: 'output_tokens',
};

/**
 * What tokens that a caller did not split may turn out to be: a hold takes the dearest of the rates. Cached, audio
 * and image input is not among them: the gateway knows what it sends, and reading a cache is never dearer.
 */
export const MAY_TURN_OUT_AS: Readonly<Partial<Record<Meter, Meter>>> = {
  input_tokens: 'cache_write_input_tokens',
  output_tokens: 'reasoning_tokens',
};

/** What `context_tokens`, a dimension that is derived from the usage unless it is given, is the sum of. */
export const CONTEXT_METERS: readonly Meter[] = [
  'input_tokens',
  'cached_input_tokens',
  'cache_write_input_tokens',
  'audio_input_tokens',
  'image_input_tokens',
];

export const CONTEXT_DIMENSION = 'context_tokens';
