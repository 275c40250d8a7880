import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatAmount } from '../money/amount.js';
import { assetOf } from '../money/asset.js';
import { compileBook } from './compile-book.js';
import type { CompiledModel } from './compiled-book.js';
import { parseBook } from './parse-book.js';

const USD = assetOf('USD');
const million = (meter: string, price: string, when?: object) => ({
  meter,
  per: '1000000',
  price,
  ...(when && { when }),
});

const MODELS = [
  { model: 'text', category: 'text', rates: [million('input_tokens', '1.50'), million('output_tokens', '3.00')] },
  {
    model: 'cached',
    category: 'text',
    rates: [
      million('input_tokens', '3'),
      million('cached_input_tokens', '0.3'),
      million('cache_write_input_tokens', '3.75'),
      million('output_tokens', '15'),
      million('reasoning_tokens', '20'),
    ],
    unbilled: ['requests'],
  },
  {
    model: 'cheap-write',
    category: 'text',
    rates: [million('input_tokens', '3'), million('cache_write_input_tokens', '1'), million('output_tokens', '15')],
  },
  {
    model: 'capped',
    category: 'text',
    rates: [million('input_tokens', '1'), million('output_tokens', '2')],
    defaults: { output_tokens: '4096' },
  },
  { model: 'embedding', category: 'embedding', rates: [million('input_tokens', '0.38')] },
  {
    model: 'long',
    category: 'text',
    rates: [
      million('input_tokens', '1'),
      million('input_tokens', '2', { context_tokens: { above: '200000' } }),
      million('output_tokens', '4'),
    ],
  },
  { model: 'free', category: 'image', rates: [{ meter: 'images', per: '1', price: '0' }] },
  { model: 'dear', category: 'image', rates: [{ meter: 'units', per: '1', price: '999999' }] },
  { model: 'quoted', category: 'video', rates: [{ meter: 'upstream_cost', per: '1', cost: '1' }] },
  {
    model: 'from',
    category: 'upscale',
    listing: 'from',
    minimum_charge: '0.03',
    rates: [{ meter: 'upstream_cost', per: '1', cost: '1' }],
    unbilled: ['requests'],
  },
  { model: 'console', category: 'stt', listing: 'see_console', rates: [] },
  {
    model: 'video',
    category: 'video',
    plans: ['pro'],
    content_tier: 'uncensored',
    dimensions: {
      resolution: { values: ['720p', '1080p'] },
      audio: { values: ['true', 'false'], default: 'false' },
      duration: { from: '4', to: '15' },
    },
    rates: [
      { meter: 'clips', per: '1', price: '10', when: { resolution: '720p' } },
      { meter: 'clips', per: '1', price: '15', when: { resolution: '720p', audio: 'true' } },
      { meter: 'clips', per: '1', price: '20', when: { resolution: '1080p' } },
      { meter: 'clips', per: '1', price: '30', when: { resolution: '1080p', duration: { above: '8' } } },
    ],
  },
];

const parsed = parseBook({ book: 'sample', asset: 'USD', markup: { times: '1.5' }, models: MODELS });
if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
const book = compileBook(parsed.book);

function modelOf(name: string): CompiledModel {
  const model = book.models.get(name);
  if (!model) throw new Error(`no model ${name}`);
  return model;
}

type Quantities = Record<string, string>;

describe('the worst case', () => {
  const held: [string, Quantities, Quantities, string][] = [
    ['text', { input_tokens: '1200', output_tokens: '500' }, {}, '0.0033'],
    ['text', { input_tokens: '0', output_tokens: '0' }, {}, '0'],
    ['text', { output_tokens: '500' }, {}, '0.0015'],
    ['text', { input_tokens: '1000', cached_input_tokens: '1000', output_tokens: '0' }, {}, '0.003'],
    ['text', { input_tokens: '1000', images: '0', output_tokens: '0' }, {}, '0.0015'],
    ['text', { input_tokens: '1000', output_tokens: '0' }, { resolution: 'any' }, '0.0015'],
    ['cached', { input_tokens: '1000000', output_tokens: '0' }, {}, '3.75'],
    ['cached', { input_tokens: '1000000', cache_write_input_tokens: '0', output_tokens: '0' }, {}, '3'],
    ['cached', { input_tokens: '1000000', cached_input_tokens: '1000000', output_tokens: '0' }, {}, '4.05'],
    ['cached', { output_tokens: '1000000' }, {}, '20'],
    ['cached', { output_tokens: '1000000', reasoning_tokens: '1000000' }, {}, '35'],
    ['cached', { output_tokens: '0', requests: '1' }, {}, '0'],
    ['cheap-write', { input_tokens: '1000000', output_tokens: '0' }, {}, '3'],
    ['capped', { input_tokens: '1000000' }, {}, '1.008192'],
    ['capped', { input_tokens: '1000000', output_tokens: '1' }, {}, '1.000002'],
    ['embedding', { input_tokens: '1000000' }, {}, '0.38'],
    ['long', { input_tokens: '200000', output_tokens: '0' }, {}, '0.2'],
    ['long', { input_tokens: '200000', cached_input_tokens: '1', output_tokens: '0' }, {}, '0.400002'],
    ['long', { input_tokens: '100000', output_tokens: '0' }, { context_tokens: '300000' }, '0.2'],
    ['free', { images: '3' }, {}, '0'],
    ['quoted', { upstream_cost: '0.40' }, {}, '0.6'],
    ['from', { upstream_cost: '0.01' }, {}, '0.03'],
    ['from', { upstream_cost: '0.1' }, {}, '0.15'],
    ['from', { upstream_cost: '0' }, {}, '0'],
    ['from', { upstream_cost: '0', requests: '1' }, {}, '0'],
    ['video', { clips: '2' }, { resolution: '720p' }, '20'],
    ['video', { clips: '2' }, { resolution: '720p', audio: 'true' }, '30'],
    ['video', { clips: '1' }, { resolution: '1080p', duration: '8' }, '20'],
    ['video', { clips: '1' }, { resolution: '1080p', duration: '8.5' }, '30'],
    ['video', { clips: '1' }, { resolution: '1080p', fps: '60' }, '20'],
    ['video', { clips: '0' }, {}, '0'],
  ];
  it.each(held)('%s %j %j is held at %s', (model, quantities, dimensions, amount) => {
    const result = modelOf(model).priceWorstCase(quantities, dimensions);
    expect(result.ok ? formatAmount(result.price.total, USD) : result).toBe(amount);
  });

  const refused: [string, Quantities, Quantities, string, string, string[]?][] = [
    ['console', { seconds: '10' }, {}, 'UNPRICED', 'model'],
    ['console', {}, {}, 'UNPRICED', 'model'],
    ['text', { images: '1', output_tokens: '1' }, {}, 'UNPRICED', 'quantities.images'],
    ['text', { images: '1', bananas: '1' }, {}, 'UNPRICED', 'quantities.images'],
    ['embedding', { input_tokens: '1', output_tokens: '1' }, {}, 'UNPRICED', 'quantities.output_tokens'],
    [
      'text',
      {},
      {},
      'VALIDATION',
      'quantities',
      [
        'input_tokens',
        'cached_input_tokens',
        'cache_write_input_tokens',
        'audio_input_tokens',
        'image_input_tokens',
        'output_tokens',
        'reasoning_tokens',
      ],
    ],
    [
      'capped',
      {},
      {},
      'VALIDATION',
      'quantities',
      [
        'input_tokens',
        'cached_input_tokens',
        'cache_write_input_tokens',
        'audio_input_tokens',
        'image_input_tokens',
        'output_tokens',
        'reasoning_tokens',
      ],
    ],
    ['free', { bananas: '1' }, {}, 'VALIDATION', 'quantities.bananas', ['images']],
    ['free', { constructor: '1' }, {}, 'VALIDATION', 'quantities.constructor', ['images']],
    ['text', { input_tokens: '1200' }, {}, 'VALIDATION', 'quantities.output_tokens'],
    ['text', { input_tokens: '1200', reasoning_tokens: '5' }, {}, 'VALIDATION', 'quantities.output_tokens'],
    ['text', { input_tokens: '-1', output_tokens: '1' }, {}, 'VALIDATION', 'quantities.input_tokens'],
    ['text', { input_tokens: 'NaN', output_tokens: '1' }, {}, 'VALIDATION', 'quantities.input_tokens'],
    ['text', { input_tokens: '1000000000000001', output_tokens: '1' }, {}, 'VALIDATION', 'quantities.input_tokens'],
    ['text', { input_tokens: '0.0000000000001', output_tokens: '1' }, {}, 'VALIDATION', 'quantities.input_tokens'],
    ['video', { clips: '1' }, {}, 'VALIDATION', 'dimensions.resolution', ['720p', '1080p']],
    ['video', { clips: '1' }, { resolution: '4K' }, 'VALIDATION', 'dimensions.resolution', ['720p', '1080p']],
    [
      'video',
      { clips: '1' },
      { resolution: '720p', audio: 'yes' },
      'VALIDATION',
      'dimensions.audio',
      ['true', 'false'],
    ],
    ['video', { clips: '1' }, { resolution: '720p', duration: '16' }, 'VALIDATION', 'dimensions.duration'],
    ['dear', { units: '1000000000000000' }, {}, 'VALIDATION', 'quantities'],
  ];
  it.each(refused)('%s %j %j is refused: %s of %s', (...row) => {
    const [model, quantities, dimensions, code, field, allowed] = row;
    const result = modelOf(model).priceWorstCase(quantities, dimensions);
    expect(result).toMatchObject({ ok: false, code, field, ...(allowed && { allowed }) });
  });

  it('names the quantities that were held, worst-case defaults included', () => {
    const result = modelOf('capped').priceWorstCase({ input_tokens: '10' }, {});
    expect(result.ok && result.price.quantities).toEqual({ input_tokens: '10', output_tokens: '4096' });
  });

  it('is never below the price of usage within it', () => {
    const tokens = fc.integer({ min: 0, max: 1_000_000 });
    const models = fc.constantFrom('text', 'cached', 'cheap-write', 'long');
    fc.assert(
      fc.property(models, tokens, tokens, tokens, tokens, (name, written, fresh, reasoning, output) => {
        const most = { input_tokens: String(written + fresh), output_tokens: String(reasoning + output) };
        const used = {
          input_tokens: String(fresh),
          cache_write_input_tokens: String(written),
          reasoning_tokens: String(reasoning),
          output_tokens: String(output),
        };
        const result = modelOf(name).priceWorstCase(most, {});
        if (!result.ok) throw new Error(result.message);
        // Each line is rounded for itself, so that two lines may come to one minor unit more than their sum.
        expect(result.price.total + 2n).toBeGreaterThanOrEqual(modelOf(name).priceUsage(used, {}).total);
      }),
    );
  });
});

describe('the price of usage', () => {
  const used: [string, Quantities, Quantities, string, string[]][] = [
    ['text', { input_tokens: '1200', output_tokens: '500' }, {}, '0.0033', []],
    ['text', { input_tokens: '1200' }, {}, '0.0018', []],
    ['text', {}, {}, '0', []],
    ['text', { images: '2', input_tokens: '1000000', bananas: '1' }, {}, '1.5', ['images', 'bananas']],
    ['text', { images: '0' }, {}, '0', []],
    [
      'cached',
      { input_tokens: '1000000', cached_input_tokens: '1000000', reasoning_tokens: '1000000' },
      {},
      '23.3',
      [],
    ],
    ['cached', { input_tokens: '1000000', requests: '9' }, {}, '3', []],
    ['capped', { input_tokens: '1000000' }, {}, '1', []],
    ['console', { seconds: '10' }, {}, '0', ['seconds']],
    ['from', { upstream_cost: '0.000000001' }, {}, '0.03', []],
    ['from', { upstream_cost: '0' }, {}, '0', []],
    ['from', { requests: '1' }, {}, '0', []],
    ['from', { images: '1' }, {}, '0', ['images']],
    ['video', { clips: '1' }, { resolution: '720p', audio: 'perhaps' }, '10', []],
    ['video', { clips: '1' }, { resolution: '8K' }, '0', ['clips']],
    ['video', { clips: '1' }, {}, '0', ['clips']],
    ['long', { input_tokens: '200001' }, {}, '0.400002', []],
    ['long', { input_tokens: '200001' }, { context_tokens: '5' }, '0.200001', []],
  ];
  it.each(used)('%s %j %j is %s, unpriced %j', (model, usage, dimensions, amount, unpriced) => {
    const price = modelOf(model).priceUsage(usage, dimensions);
    expect([formatAmount(price.total, USD), price.unpriced]).toEqual([amount, unpriced]);
  });

  it('has a line for each meter that was used, with the rate it was charged at', () => {
    const { lines } = modelOf('cached').priceUsage(
      { input_tokens: '0', cached_input_tokens: '1000', output_tokens: '7', requests: '1' },
      {},
    );
    expect(lines).toEqual([
      { meter: 'cached_input_tokens', quantity: '1000', price: '0.3', per: '1000000', amount: '0.0003' },
      { meter: 'output_tokens', quantity: '7', price: '15', per: '1000000', amount: '0.000105' },
    ]);
  });

  it('gives the same lines whatever order the quantities come in: the journal keeps them in another', () => {
    const quantities = { output_tokens: '3', zebras: '4', cached_input_tokens: '2', apes: '5', input_tokens: '1' };
    const reversed = Object.fromEntries(Object.entries(quantities).reverse());
    const price = modelOf('cached').priceUsage(quantities, {});
    expect(price).toEqual(modelOf('cached').priceUsage(reversed, {}));
    expect(price.lines.map(({ meter }) => meter)).toEqual(['input_tokens', 'cached_input_tokens', 'output_tokens']);
    expect(price.unpriced).toEqual(['apes', 'zebras']);
    const worst = { output_tokens: '3', cached_input_tokens: '2', input_tokens: '1' };
    const held = modelOf('cached').priceWorstCase(worst, {});
    expect(held.ok && held.price.lines).toEqual(
      price.lines.map((line) => expect.objectContaining({ meter: line.meter })),
    );
  });

  it('throws for a quantity that no edge would have let pass', () => {
    expect(() => modelOf('text').priceUsage({ input_tokens: '-1' }, {})).toThrow('passed the edge');
  });
});

describe('a compiled book', () => {
  it('tells what admission asks of a model', () => {
    expect([modelOf('video').contentTier, modelOf('video').plans, modelOf('video').category]).toEqual([
      'uncensored',
      ['pro'],
      'video',
    ]);
    expect([modelOf('text').contentTier, modelOf('text').plans]).toEqual(['sfw', []]);
    expect([book.name, book.asset, book.models.size]).toEqual(['sample', 'USD', MODELS.length]);
  });
});
