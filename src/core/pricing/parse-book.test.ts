import { describe, expect, it } from '@jest/globals';
import { parseBook } from './parse-book.js';

const INPUT = { meter: 'input_tokens', per: '1000000', price: '1.50' };

/** A book of one model, with these parts of the model instead of its own. */
function bookWith(model: object, book: object = {}): unknown {
  return {
    book: 'sample',
    asset: 'USD',
    models: [{ model: 'm', category: 'text', rates: [INPUT], ...model }],
    ...book,
  };
}

function issuesOf(content: unknown): readonly { path: string; expected: string }[] {
  const parsed = parseBook(content);
  return parsed.ok ? [] : parsed.issues;
}

const resolution = { resolution: { values: ['720p', '1080p'], default: '720p' } };
const duration = { duration: { from: '4', to: '15' } };

describe('a book that is accepted', () => {
  const accepted: [string, unknown][] = [
    ['the least that a book may say', bookWith({})],
    ['a price of 0 is a rate', bookWith({ rates: [{ ...INPUT, price: '0' }] })],
    [
      'a cost with the book’s markup',
      bookWith({ rates: [{ meter: 'images', per: '1', cost: '0.02' }] }, { markup: { times: '1.5', plus: '0.001' } }),
    ],
    [
      'no rates, because the price is in the console only',
      bookWith({ rates: [], listing: 'see_console', listed: 'see console' }),
    ],
    [
      'a least price',
      bookWith({ listing: 'from', minimum_charge: '0.03', rates: [{ meter: 'upstream_cost', per: '1', cost: '1' }] }),
    ],
    [
      'one rate within another',
      bookWith({
        dimensions: duration,
        rates: [{ ...INPUT, when: { duration: { from: '5' } } }, { ...INPUT, when: { duration: '8' } }, INPUT],
      }),
    ],
    [
      'rates that never hold together',
      bookWith({
        dimensions: resolution,
        rates: [
          { ...INPUT, when: { resolution: '720p' } },
          { ...INPUT, when: { resolution: '1080p' } },
        ],
      }),
    ],
    [
      'context tokens without a declaration',
      bookWith({ rates: [INPUT, { ...INPUT, price: '3', when: { context_tokens: { above: '200000' } } }] }),
    ],
    ['a default of a meter that takes its parent’s rate', bookWith({ defaults: { cached_input_tokens: '0' } })],
    [
      'everything at once',
      bookWith(
        {
          content_tier: 'uncensored',
          plans: ['pro'],
          listed: '$1.50 in',
          unbilled: ['requests'],
          minimum_charge: '0.000000001',
          dimensions: { ...resolution, ...duration },
          defaults: { input_tokens: '10' },
        },
        { rounding: 'half_even' },
      ),
    ],
  ];
  it.each(accepted)('%s', (_, content) => {
    expect(issuesOf(content)).toEqual([]);
  });
});

describe('the shape of a book', () => {
  const refused: [string, unknown, string, RegExp][] = [
    ['not an object', 5, '', /an object/],
    ['nothing', undefined, '', /an object/],
    ['no name', bookWith({}, { book: undefined }), 'book', /a name of 1 to 63/],
    ['a name with blanks', bookWith({}, { book: 'my book' }), 'book', /a name of 1 to 63/],
    ['an unknown asset', bookWith({}, { asset: 'EUR' }), 'asset', /one of USD, CREDIT/],
    ['no models', bookWith({}, { models: [] }), 'models', /at least one model/],
    ['models that are no list', bookWith({}, { models: {} }), 'models', /a list of models/],
    ['an unknown key of the book', bookWith({}, { currency: 'USD' }), 'currency', /no key but book, asset/],
    ['an unknown key of a model', bookWith({ prices: [] }), 'models[0].prices', /no key but model, category/],
    [
      'an unknown key of a rate',
      bookWith({ rates: [{ ...INPUT, tier: 1 }] }),
      'models[0].rates[0].tier',
      /no key but meter, per/,
    ],
    [
      'an unknown key of a range',
      bookWith({ dimensions: duration, rates: [{ ...INPUT, when: { duration: { min: '5' } } }] }),
      'models[0].rates[0].when.duration.min',
      /no key but from, above/,
    ],
    [
      'an unknown meter',
      bookWith({ rates: [{ ...INPUT, meter: 'input_token' }] }),
      'models[0].rates[0].meter',
      /one of input_tokens/,
    ],
    [
      'an unknown meter that is not billed',
      bookWith({ unbilled: ['tokens'] }),
      'models[0].unbilled[0]',
      /one of input_tokens/,
    ],
    [
      'an unknown meter with a default',
      bookWith({ defaults: { tokens: '1' } }),
      'models[0].defaults.tokens',
      /no key but input_tokens/,
    ],
    [
      'a price that is a number',
      bookWith({ rates: [{ ...INPUT, price: 1.5 }] }),
      'models[0].rates[0].price',
      /a decimal string/,
    ],
    [
      'a negative price',
      bookWith({ rates: [{ ...INPUT, price: '-1' }] }),
      'models[0].rates[0].price',
      /a decimal string/,
    ],
    [
      'a price with an exponent',
      bookWith({ rates: [{ ...INPUT, price: '1e3' }] }),
      'models[0].rates[0].price',
      /a decimal string/,
    ],
    ['an empty price', bookWith({ rates: [{ ...INPUT, price: '' }] }), 'models[0].rates[0].price', /a decimal string/],
    [
      'a price with too many places',
      bookWith({ rates: [{ ...INPUT, price: '0.0000000000000000001' }] }),
      'models[0].rates[0].price',
      /18 decimal places/,
    ],
    ['a rate per nothing', bookWith({ rates: [{ ...INPUT, per: '0' }] }), 'models[0].rates[0].per', /above 0/],
    ['a tier that is not known', bookWith({ content_tier: 'nsfw' }), 'models[0].content_tier', /"sfw" or "uncensored"/],
    ['a text of two lines', bookWith({ listed: 'a\nb' }), 'models[0].listed', /on one line/],
    ['a text with a lone surrogate', bookWith({ model: 'a\ud800' }), 'models[0].model', /on one line/],
    [
      'a name of a dimension',
      bookWith({ dimensions: { 'Resolution!': { values: ['1'] } } }),
      'models[0].dimensions.Resolution!',
      /such as "resolution"/,
    ],
    [
      'a condition that is a number',
      bookWith({ rates: [{ ...INPUT, when: { context_tokens: 5 } }] }),
      'models[0].rates[0].when.context_tokens',
      /a value, a list of values, or a range/,
    ],
  ];
  it.each(refused)('%s', (_, content, path, expected) => {
    expect(issuesOf(content)).toContainEqual({ path, expected: expect.stringMatching(expected) });
  });

  it('tells every issue at once', () => {
    const content = bookWith({ rates: [{ meter: 'x', per: 'y', price: 'z' }], extra: 1 });
    expect(issuesOf(content).map(({ path }) => path)).toEqual([
      'models[0].rates[0].meter',
      'models[0].rates[0].per',
      'models[0].rates[0].price',
      'models[0].extra',
    ]);
  });
});

describe('what the parts of a book mean together', () => {
  const twice = {
    book: 'sample',
    asset: 'USD',
    models: [1, 2].map(() => ({ model: 'm', category: 'text', rates: [INPUT] })),
  };
  const refused: [string, unknown, string, RegExp][] = [
    ['a model twice', twice, 'models[1].model', /models\[0\] is "m"/],
    ['a model without rates', bookWith({ rates: [] }), 'models[0].rates', /at least one rate/],
    ['a least price that is not named', bookWith({ listing: 'from' }), 'models[0].minimum_charge', /a minimum charge/],
    [
      'a minimum finer than the asset',
      bookWith({ minimum_charge: '0.0001' }, { asset: 'CREDIT' }),
      'models[0].minimum_charge',
      /at most 3 decimal places/,
    ],
    [
      'a rate of neither price nor cost',
      bookWith({ rates: [{ meter: 'images', per: '1' }] }),
      'models[0].rates[0]',
      /either price or cost/,
    ],
    ['a rate of both', bookWith({ rates: [{ ...INPUT, cost: '1' }] }), 'models[0].rates[0]', /either price or cost/],
    [
      'a rate beyond any price',
      bookWith({ markup: { times: '2' }, rates: [{ meter: 'images', per: '1', cost: '500000.01' }] }),
      'models[0].rates[0]',
      /at most 1000000 for one/,
    ],
    [
      'the same rate twice',
      bookWith({ rates: [INPUT, { ...INPUT, price: '2' }] }),
      'models[0].rates[1]',
      /rates\[0\] may hold at the same time/,
    ],
    [
      'two dimensions that may meet',
      bookWith({
        dimensions: { ...resolution, ...duration },
        rates: [
          { ...INPUT, when: { resolution: '720p' } },
          { ...INPUT, when: { duration: '5' } },
        ],
      }),
      'models[0].rates[1]',
      /equally specific/,
    ],
    [
      'ranges that cross',
      bookWith({
        dimensions: duration,
        rates: [
          { ...INPUT, when: { duration: { to: '8' } } },
          { ...INPUT, when: { duration: { from: '8' } } },
        ],
      }),
      'models[0].rates[1]',
      /equally specific/,
    ],
    [
      'a range that crosses a list',
      bookWith({
        dimensions: duration,
        rates: [
          { ...INPUT, when: { duration: ['4', '12'] } },
          { ...INPUT, when: { duration: { from: '8' } } },
        ],
      }),
      'models[0].rates[1]',
      /equally specific/,
    ],
    [
      'a dimension that is not declared',
      bookWith({ rates: [{ ...INPUT, when: { resolution: '720p' } }] }),
      'models[0].rates[0].when.resolution',
      /a dimension that the model declares: it has none/,
    ],
    [
      'a value that is not allowed',
      bookWith({ dimensions: resolution, rates: [{ ...INPUT, when: { resolution: '4K' } }] }),
      'models[0].rates[0].when.resolution',
      /allows: 720p, 1080p/,
    ],
    [
      'a range that holds for nothing',
      bookWith({ dimensions: duration, rates: [{ ...INPUT, when: { duration: { above: '15' } } }] }),
      'models[0].rates[0].when.duration',
      /a number from 4 to 15/,
    ],
    [
      'a range with two lower ends',
      bookWith({ dimensions: duration, rates: [{ ...INPUT, when: { duration: { above: '5', from: '5' } } }] }),
      'models[0].rates[0].when.duration',
      /one lower end/,
    ],
    [
      'a dimension of values and numbers',
      bookWith({ dimensions: { d: { values: ['1'], from: '1' } } }),
      'models[0].dimensions.d',
      /either values/,
    ],
    ['a dimension of nothing', bookWith({ dimensions: { d: {} } }), 'models[0].dimensions.d', /either values/],
    [
      'a value twice',
      bookWith({ dimensions: { d: { values: ['a', 'b', 'a'] } } }),
      'models[0].dimensions.d.values[2]',
      /not in the list yet/,
    ],
    [
      'an upside-down range',
      bookWith({ dimensions: { d: { from: '5', to: '4' } } }),
      'models[0].dimensions.d.to',
      /at least 5/,
    ],
    [
      'a default that is not allowed',
      bookWith({ dimensions: { d: { values: ['a'], default: 'b' } } }),
      'models[0].dimensions.d.default',
      /allows: a/,
    ],
    [
      'a meter both billed and not',
      bookWith({ unbilled: ['input_tokens'] }),
      'models[0].unbilled[0]',
      /a meter without a rate/,
    ],
    [
      'a default of a meter without a rate',
      bookWith({ defaults: { images: '1' } }),
      'models[0].defaults.images',
      /a meter that the model has a rate for: input_tokens/,
    ],
  ];
  it.each(refused)('%s', (_, content, path, expected) => {
    expect(issuesOf(content)).toEqual([{ path, expected: expect.stringMatching(expected) }]);
  });
});
