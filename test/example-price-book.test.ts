import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { formatAmount } from '../src/core/money/amount.js';
import { assetOf } from '../src/core/money/asset.js';
import { compileBook } from '../src/core/pricing/compile-book.js';
import { parseBook } from '../src/core/pricing/parse-book.js';
import type { BookModel } from '../src/core/pricing/price-book.js';

interface Listed {
  readonly model: string;
  readonly category: string;
  readonly shape: string;
  readonly listed: string;
  readonly input?: string;
  readonly output?: string;
  readonly price?: string;
}

const read = (file: string): unknown =>
  JSON.parse(readFileSync(new URL(`../examples/price-books/${file}`, import.meta.url), 'utf8'));

const catalogue = read('nightveil-catalog.json') as readonly Listed[];
const parsed = parseBook(read('nightveil.json'));
if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
const { book } = parsed;
const compiled = compileBook(book);

const perMillion = (meter: string, price: string | undefined) => ({ meter, per: '1000000', price });
const QUOTED = { meter: 'upstream_cost', per: '1', cost: '1' };

/** What the catalogue's entry means, written a second time and independently of how the book was made. */
function expectedOf(entry: Listed): Partial<BookModel> | undefined {
  const { price } = entry;
  switch (entry.shape) {
    case 'per_1m_tokens': {
      const output = entry.output === undefined ? [] : [perMillion('output_tokens', entry.output)];
      return { listing: 'priced', rates: [perMillion('input_tokens', entry.input), ...output] } as Partial<BookModel>;
    }
    case 'per_image':
      return { listing: 'priced', rates: [{ meter: 'images', per: '1', price }] };
    case 'per_1m_chars':
      return { listing: 'priced', rates: [{ meter: 'characters', per: '1000000', price }] };
    case 'per_track':
      return { listing: 'priced', rates: [{ meter: 'tracks', per: '1', price }] };
    case 'quoted_per_clip':
      return { listing: 'quoted', rates: [QUOTED] } as Partial<BookModel>;
    case 'from':
      return { listing: 'from', minimum_charge: '0.03', rates: [QUOTED] } as Partial<BookModel>;
    case 'unlisted':
      return { listing: 'see_console', rates: [] };
    default:
      return undefined;
  }
}

describe('the example price book', () => {
  it('has the models of the catalogue, in its order, and no others', () => {
    expect(book.models.map(({ model }) => model)).toEqual(catalogue.map(({ model }) => model));
    expect(catalogue).toHaveLength(271);
  });

  it.each(catalogue.map((entry) => [entry.model, entry] as const))(
    'says of %s what the catalogue says',
    (name, entry) => {
      const { model, category, listed } = entry;
      const tier = model.includes('uncensored') ? 'uncensored' : 'sfw';
      expect(book.models.find((other) => other.model === name)).toEqual({
        model,
        category,
        listed,
        content_tier: tier,
        ...expectedOf(entry),
      });
    },
  );

  it('has no more kinds of models than the catalogue', () => {
    expect(new Set(book.models.map(({ category }) => category))).toEqual(
      new Set(['text', 'image', 'video', 'tts', 'music', 'stt', 'embedding', 'upscale']),
    );
    expect(book.models.filter((model) => model.content_tier === 'uncensored')).toHaveLength(8);
  });
});

describe('worked prices', () => {
  const worked: [string, string, Record<string, string>, string][] = [
    ['text', 'aion-labs-aion-2-0', { input_tokens: '1000', output_tokens: '2000' }, '0.0075'],
    ['text', 'claude-opus-4-8-fast', { input_tokens: '123', output_tokens: '456' }, '0.043254'],
    ['text', 'deepseek-v3.2', { input_tokens: '1', output_tokens: '0' }, '0.00000049'],
    [
      'text, cached at the input rate',
      'claude-sonnet-4-5',
      { input_tokens: '10', cached_input_tokens: '90', output_tokens: '1' },
      '0.00059113',
    ],
    ['image', 'bria-bg-remover', { images: '3' }, '0.135'],
    ['tts', 'tts-elevenlabs-turbo-v2-5', { characters: '1234' }, '0.1156875'],
    ['tts', 'tts-xai-v1', { characters: '1' }, '0.00002813'],
    ['music', 'minimax-music-v2', { tracks: '2' }, '0.12'],
    ['embedding', 'gemini-embedding-2-preview', { input_tokens: '8191' }, '0.00311258'],
    ['video', 'grok-imagine-1-5-image-to-video-private', { upstream_cost: '0.4' }, '0.6'],
    [
      'video, rounded up at the half',
      'grok-imagine-1-5-image-to-video-private',
      { upstream_cost: '0.000000001' },
      '0.000000002',
    ],
    ['upscale', 'upscaler', { upstream_cost: '0.05' }, '0.075'],
    ['upscale, at its least price', 'upscaler', { upstream_cost: '0.01' }, '0.03'],
  ];
  it.each(worked)('%s: %s for %j is %s USD', (_, name, quantities, amount) => {
    const model = compiled.models.get(name);
    const result = model?.priceWorstCase(quantities, {});
    expect(result?.ok && formatAmount(result.price.total, assetOf(compiled.asset))).toBe(amount);
    expect(model?.priceUsage(quantities, {}).total).toBe(result?.ok && result.price.total);
  });

  const refused: [string, string, Record<string, string>, string, string][] = [
    ['image without a listed price', 'firered-image-edit', { images: '1' }, 'UNPRICED', 'model'],
    ['music without a listed price', 'ace-step-15', { tracks: '1' }, 'UNPRICED', 'model'],
    ['stt without a listed price', 'elevenlabs/scribe-v2', { seconds: '60' }, 'UNPRICED', 'model'],
    [
      'video without upstream’s quote',
      'grok-imagine-1-5-image-to-video-private',
      { clips: '1' },
      'UNPRICED',
      'quantities.clips',
    ],
    ['text without a cap', 'claude-opus-4-5', { input_tokens: '10' }, 'VALIDATION', 'quantities.output_tokens'],
  ];
  it.each(refused)('%s: %s is refused', (_, name, quantities, code, field) => {
    expect(compiled.models.get(name)?.priceWorstCase(quantities, {})).toMatchObject({ ok: false, code, field });
  });
});
