import type { Models } from './catalogue.js';
import type { Candidate } from './messages.js';
import type { Quantities } from './own-prices.js';
import type { Random } from './random.js';

/** What becomes of a request once its money is held. */
export type Course = 'settle' | 'stream' | 'release' | 'extend' | 'charge' | 'unlisted';

/** One request of a customer, from its worst case to what it really used. */
export interface Plan {
  /** Which of the customers asks, counted from 0. */
  readonly customer: number;
  readonly course: Course;
  readonly candidates: readonly Candidate[];
  /** Which of the candidates answered. */
  readonly used: number;
  readonly usage: Quantities;
  /** What had been used when a stream was settled in part: each is more than the one before. */
  readonly soFar: readonly Quantities[];
  /** What upstream charges for it. */
  readonly cost?: string;
  /** The gateway lost the first answer and sends the command again. */
  readonly sentTwice: boolean;
  readonly refund: 'none' | 'part' | 'all';
}

const CATEGORIES: readonly (readonly [string, number])[] = [
  ['text', 66],
  ['embedding', 10],
  ['image', 8],
  ['video', 4],
  ['tts', 5],
  ['music', 2],
  ['stt', 2],
  ['upscale', 3],
];

const COURSES: readonly (readonly [Course, number])[] = [
  ['settle', 90],
  ['stream', 5],
  ['release', 3],
  ['extend', 2],
];

const OUTPUT_LIMITS = [256, 512, 1024, 2048, 4096];
const CUSTOMERS = 3;
/** The customer whose key may use uncensored models. */
export const UNCENSORED_CUSTOMER = 2;

/** Invents the requests of a day: which model, how much, and what happens then. The same seed invents the same ones. */
export class Workload {
  readonly #ranked: ReadonlyMap<string, readonly string[]>;
  readonly #everyOnce: [string, string][];

  constructor(
    private readonly models: Models,
    private readonly random: Random,
  ) {
    this.#ranked = new Map([...models.priced].map(([category, names]) => [category, random.shuffled(names)]));
    this.#everyOnce = random.shuffled(
      [...models.priced].flatMap(([category, names]) => names.map((name): [string, string] => [category, name])),
    );
  }

  /** The next request. Every model that has a price comes first, once; then they come as they are popular. */
  next(): Plan {
    const { random } = this;
    const customer = random.whole(0, CUSTOMERS - 1);
    const [category, model] = this.#everyOnce.pop() ?? this.#choose(customer);
    const unlisted = this.models.unlisted.get(category)?.includes(model) ?? false;
    const { worst, usage, cost } = this.#quantities(category);
    const course = unlisted
      ? 'unlisted'
      : category === 'embedding' && random.chance(0.5)
        ? 'charge'
        : random.weighted(COURSES);
    const fallback =
      course === 'settle' && category === 'text' && random.chance(0.1)
        ? random.popular(this.#names('text'))
        : undefined;
    const candidates = [{ model, quantities: worst }, ...(fallback ? [{ model: fallback, quantities: worst }] : [])];
    return {
      customer,
      course,
      candidates,
      used: fallback && random.chance(0.5) ? 1 : 0,
      usage,
      soFar: course === 'stream' && category === 'text' ? partsOf(usage, random.whole(1, 4)) : [],
      ...(cost !== undefined && { cost }),
      sentTwice: random.chance(0.02),
      refund: random.chance(0.01) ? random.pick(['part', 'all'] as const) : 'none',
    };
  }

  #choose(customer: number): [string, string] {
    const category = this.random.weighted(CATEGORIES);
    if (category === 'text' && customer === UNCENSORED_CUSTOMER && this.random.chance(0.3))
      return [category, this.random.pick(this.models.uncensored)];
    const unlisted = this.models.unlisted.get(category) ?? [];
    const names = this.#names(category);
    if (names.length === 0 || (unlisted.length > 0 && this.random.chance(0.02)))
      return [category, this.random.pick(unlisted)];
    return [category, this.random.popular(names)];
  }

  #names(category: string): readonly string[] {
    return this.#ranked.get(category) ?? [];
  }

  /** A worst case that a gateway would name, and the usage that followed: mostly less, sometimes as much, seldom more. */
  #quantities(category: string): { worst: Quantities; usage: Quantities; cost?: string } {
    const { random } = this;
    switch (category) {
      case 'text':
        return this.#tokens();
      case 'embedding': {
        const input = String(random.logNormal(1500, 1));
        return { worst: { input_tokens: input }, usage: { input_tokens: input } };
      }
      case 'image': {
        const asked = random.whole(1, 4);
        return { worst: { images: String(asked) }, usage: { images: String(random.chance(0.1) ? asked - 1 : asked) } };
      }
      case 'tts': {
        const characters = String(random.logNormal(600, 0.8));
        return { worst: { characters }, usage: { characters } };
      }
      case 'music':
        return { worst: { tracks: '1' }, usage: { tracks: '1' } };
      case 'stt': {
        const seconds = String(random.logNormal(90, 0.9));
        return { worst: { seconds }, usage: { seconds } };
      }
      default:
        return this.#quoted(category === 'video' ? 4000 : 180);
    }
  }

  #tokens(): { worst: Quantities; usage: Quantities } {
    const { random } = this;
    const input = random.logNormal(900, 1.1);
    const limit = random.pick(OUTPUT_LIMITS);
    const worst = { input_tokens: String(input), output_tokens: String(limit) };
    const fate = random.next();
    if (fate < 0.03) return { worst, usage: worst };
    // The gateway counts tokens with another tokenizer than the model: the input was more than it thought.
    if (fate < 0.06)
      return { worst, usage: { input_tokens: String(Math.ceil(input * 1.15) + 1), output_tokens: String(limit) } };
    const output = String(Math.min(limit, random.logNormal(320, 0.9)));
    const cached = random.chance(0.25) ? Math.floor(input * random.next()) : 0;
    if (cached === 0) return { worst, usage: { input_tokens: String(input), output_tokens: output } };
    return {
      worst,
      usage: { input_tokens: String(input - cached), cached_input_tokens: String(cached), output_tokens: output },
    };
  }

  /** Upstream quotes each clip: in ten-thousandths of a dollar around a median. Its bill is mostly what it quoted. */
  #quoted(median: number): { worst: Quantities; usage: Quantities; cost: string } {
    const { random } = this;
    const quote = random.logNormal(median, 0.6);
    const billed = random.chance(0.9) ? quote : Math.max(1, Math.round(quote * (0.6 + random.next() * 0.8)));
    return {
      worst: { upstream_cost: dollars(quote) },
      usage: { upstream_cost: dollars(billed) },
      cost: dollars(billed),
    };
  }
}

function dollars(tenThousandths: number): string {
  return (tenThousandths / 10_000).toFixed(4).replace(/\.?0+$/, '');
}

/** A stream's usage after each of some parts: all of the input, and ever more of the output. */
function partsOf(usage: Quantities, parts: number): Quantities[] {
  const output = Number(usage['output_tokens'] ?? '0');
  return Array.from({ length: parts }, (_, index) => ({
    ...usage,
    output_tokens: String(Math.floor((output * (index + 1)) / (parts + 1))),
  }));
}
