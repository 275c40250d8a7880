import { z } from 'zod';
import { ASSETS } from '../money/asset.js';
import { parseQuantity, QUANTITY_EXPECTED } from '../money/quantity.js';
import { METERS } from './meters.js';

/** Decimal places of a price, a cost or an addition to it: enough for any rate for a single token. */
export const PRICE_SCALE = 18;

/** A string that says what was expected when it does not fit, so that every issue of a book reads the same. */
const matching = (pattern: RegExp, expected: string) =>
  z.string({ error: expected }).regex(pattern, { error: expected });

/** An object of these keys and no others. */
const only = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: ({ code }) => (code === 'unrecognized_keys' ? `no key but ${Object.keys(shape).join(', ')}` : 'an object'),
  });

const name = matching(
  /^[a-z0-9][a-z0-9_-]{0,62}$/,
  'a name of 1 to 63 lower-case letters, digits, - and _, such as "nightveil"',
);
const identifier = matching(
  /^[a-z][a-z0-9_]{0,63}$/,
  'a name of 1 to 64 lower-case letters, digits and underscores, such as "resolution"',
);
const text = (longest: number) =>
  matching(
    new RegExp(`^(?=\\S)[^\\p{Cc}\\p{Cs}]{1,${longest}}(?<=\\S)$`, 'u'),
    `a text of 1 to ${longest} characters on one line`,
  );

const price = matching(
  /^(0|[1-9]\d{0,5})(\.\d{1,18})?$/,
  `a decimal string below 1000000 with at most ${PRICE_SCALE} decimal places, such as "1.50"`,
);
const times = matching(
  /^(0|[1-9]\d{0,5})(\.\d{1,12})?$/,
  'a decimal string below 1000000 with at most 12 decimal places, such as "1.5"',
);
const per = matching(
  /^(?=.*[1-9])(0|[1-9]\d{0,9})(\.\d{1,3})?$/,
  'a decimal string above 0 and below 10000000000 with at most 3 decimal places, such as "1" or "1000000"',
);
const quantity = z
  .string({ error: QUANTITY_EXPECTED })
  .refine((value) => parseQuantity(value) !== undefined, { error: QUANTITY_EXPECTED });

const meter = z.enum(METERS, { error: `one of ${METERS.join(', ')}` });
const dimensionValue = text(128);

const markup = only({
  /** What the cost is multiplied by. */
  times: times.optional(),
  /** What is then added, for every `per` of the meter. */
  plus: price.optional(),
});

/** A range of numbers: `from` and `to` belong to it, `above` and `below` do not. */
const range = only({
  from: quantity.optional(),
  above: quantity.optional(),
  to: quantity.optional(),
  below: quantity.optional(),
});

const condition = z.union([dimensionValue, z.array(dimensionValue).min(1), range], {
  error: 'a value, a list of values, or a range with from, above, to or below',
});

const rate = only({
  meter,
  /** The rate is for that many of the meter: `"1"`, `"1000000"`. */
  per,
  /** What is charged; no markup applies. `"0"` is a rate. Exactly one of `price` and `cost` is given. */
  price: price.optional(),
  /** What upstream charges; the model's markup, or else the book's, makes the price of it. */
  cost: price.optional(),
  /** The dimensions under which the rate holds. The most specific rate that holds is taken. */
  when: z.record(identifier, condition, { error: 'an object of conditions by dimension' }).optional(),
});

const dimension = only({
  /** The allowed values. Exactly one of `values` and `from` is given. */
  values: z.array(dimensionValue, { error: 'a list of values' }).min(1, { error: 'at least one value' }).optional(),
  /** The least allowed number, for a dimension that is a number; `to` is the greatest, if there is one. */
  from: quantity.optional(),
  to: quantity.optional(),
  /** The value of a request that does not name the dimension. */
  default: dimensionValue.optional(),
});

const model = only({
  model: text(200),
  /** What kind of model it is, for lists and reports: `text`, `image`, `video`. */
  category: identifier,
  /** Absent: `sfw`. */
  content_tier: z.enum(['sfw', 'uncensored'], { error: '"sfw" or "uncensored"' }).optional(),
  /** The plans that may use the model. Absent: all. */
  plans: z.array(text(64), { error: 'a list of plans' }).optional(),
  /** How the price is listed: plainly, not at all, as a least price, or as a quote of upstream's cost. Absent: `priced`. */
  listing: z
    .enum(['priced', 'see_console', 'from', 'quoted'], { error: '"priced", "see_console", "from" or "quoted"' })
    .optional(),
  /** The price as customers read it; never computed with. */
  listed: text(200).optional(),
  /** Takes the place of the book's markup. */
  markup: markup.optional(),
  rates: z.array(rate, { error: 'a list of rates' }),
  /** Meters that the model counts and does not charge for. */
  unbilled: z.array(meter, { error: 'a list of meters' }).optional(),
  /** The least that a request which used anything is charged. */
  minimum_charge: price.optional(),
  dimensions: z.record(identifier, dimension, { error: 'an object of dimensions by name' }).optional(),
  /** The worst case of meters that a request does not name. */
  defaults: z
    .partialRecord(meter, quantity, {
      error: ({ code }: { code: string }) =>
        code === 'unrecognized_keys' ? `no key but ${METERS.join(', ')}` : 'an object of quantities by meter',
    })
    .optional(),
});

const assets = [...ASSETS.keys()];

/** The file format of a price book. Unknown keys are refused, so that a typing error never becomes a wrong price. */
export const priceBookSchema = only({
  book: name,
  asset: z.enum(assets, { error: `one of ${assets.join(', ')}` }),
  /** How the end of a line is rounded to the asset's scale. Absent: `half_up`. */
  rounding: z
    .enum(['half_up', 'half_even', 'up', 'down'], { error: '"half_up", "half_even", "up" or "down"' })
    .optional(),
  /** How prices come from costs, for models without a markup of their own. */
  markup: markup.optional(),
  models: z.array(model, { error: 'a list of models' }).min(1, { error: 'at least one model' }),
});

export type PriceBook = z.infer<typeof priceBookSchema>;
export type BookModel = z.infer<typeof model>;
export type BookRate = z.infer<typeof rate>;
export type BookMarkup = z.infer<typeof markup>;
export type BookDimension = z.infer<typeof dimension>;
export type BookCondition = z.infer<typeof condition>;
export type Rounding = NonNullable<PriceBook['rounding']>;
