import { parseAmount } from '../money/amount.js';
import { assetOf } from '../money/asset.js';
import { parseQuantity } from '../money/quantity.js';
import { salePrice, UNIT_PRICE_MAX } from './compile-rate.js';
import {
  ambiguous,
  type Conditions,
  conditionsOf,
  type Dimension,
  describe,
  dimensionOf,
  dimensionsOf,
  holdsFor,
} from './conditions.js';
import { isMeter, PARENTS } from './meters.js';
import type { BookDimension, BookModel, BookRate, PriceBook } from './price-book.js';

/** What is wrong with a book: where in the file, and what was expected there. */
export interface BookIssue {
  /** `models[3].rates[0].per`; empty for the file as a whole. */
  readonly path: string;
  readonly expected: string;
}

/** What is wrong with a book whose shape is right. */
export function checkBook(book: PriceBook): BookIssue[] {
  const first = new Map<string, number>();
  const issues: BookIssue[] = [];
  for (const [index, model] of book.models.entries()) {
    const path = `models[${index}]`;
    const before = first.get(model.model);
    if (before === undefined) first.set(model.model, index);
    else
      issues.push({
        path: `${path}.model`,
        expected: `a model that is not in the book yet; models[${before}] is "${model.model}"`,
      });
    issues.push(...checkModel(model, book, path));
  }
  return issues;
}

function checkModel(model: BookModel, book: PriceBook, path: string): BookIssue[] {
  const dimensions = dimensionsOf(model);
  return [
    ...Object.entries(model.dimensions ?? {}).flatMap(([name, declared]) =>
      checkDimension(declared, `${path}.dimensions.${name}`),
    ),
    ...checkListing(model, book, path),
    ...model.rates.flatMap((rate, index) => checkRate(rate, model, book, `${path}.rates[${index}]`)),
    ...checkWhen(model.rates, dimensions, path),
    ...checkUnbilled(model, path),
    ...checkDefaults(model, path),
  ];
}

function checkDimension(declared: BookDimension, path: string): BookIssue[] {
  const { values, from, to } = declared;
  if ((values === undefined) === (from === undefined))
    return [{ path, expected: 'either values (a list) or from (a least number)' }];
  if (to !== undefined && (from === undefined || (parseQuantity(to) ?? 0n) < (parseQuantity(from) ?? 0n))) {
    return [{ path: `${path}.to`, expected: from === undefined ? 'no to beside values' : `at least ${from}` }];
  }
  const repeated = values?.findIndex((value, index) => values.indexOf(value) !== index) ?? -1;
  if (repeated >= 0) return [{ path: `${path}.values[${repeated}]`, expected: `a value that is not in the list yet` }];
  if (declared.default === undefined) return [];
  const { allowed } = dimensionOf(declared);
  return holdsFor(allowed, declared.default)
    ? []
    : [{ path: `${path}.default`, expected: `a value that the dimension allows: ${describe(allowed)}` }];
}

function checkListing(model: BookModel, book: PriceBook, path: string): BookIssue[] {
  const issues: BookIssue[] = [];
  const listing = model.listing ?? 'priced';
  if (model.rates.length === 0 && listing !== 'see_console') {
    issues.push({ path: `${path}.rates`, expected: `at least one rate, because the listing is "${listing}"` });
  }
  if (listing === 'from' && model.minimum_charge === undefined) {
    issues.push({ path: `${path}.minimum_charge`, expected: 'a minimum charge, because the listing is "from"' });
  }
  if (model.minimum_charge !== undefined) {
    const minimum = parseAmount(model.minimum_charge, assetOf(book.asset));
    if (!minimum.ok) issues.push({ path: `${path}.minimum_charge`, expected: minimum.expected });
  }
  return issues;
}

function checkRate(rate: BookRate, model: BookModel, book: PriceBook, path: string): BookIssue[] {
  if ((rate.price === undefined) === (rate.cost === undefined)) return [{ path, expected: 'either price or cost' }];
  const unitPrice = salePrice(rate, model.markup ?? book.markup).dividedBy(rate.per);
  return unitPrice.greaterThan(UNIT_PRICE_MAX)
    ? [{ path, expected: `a rate of at most ${UNIT_PRICE_MAX} for one of the meter, markup included` }]
    : [];
}

function checkWhen(rates: readonly BookRate[], dimensions: ReadonlyMap<string, Dimension>, path: string): BookIssue[] {
  const issues: BookIssue[] = [];
  const before: { meter: string; conditions: Conditions; index: number }[] = [];
  for (const [index, { meter, when }] of rates.entries()) {
    const found = conditionsOf(when, dimensions);
    for (const { dimension, expected } of found.issues)
      issues.push({ path: `${path}.rates[${index}].when.${dimension}`, expected });
    if (found.issues.length > 0) continue;
    const rate = { meter, conditions: found.conditions, index };
    const rival = before.find((other) => other.meter === meter && ambiguous(rate, other));
    if (rival) {
      const expected = `conditions that make one rate of ${meter} more specific; rates[${rival.index}] may hold at the same time and is equally specific`;
      issues.push({ path: `${path}.rates[${index}]`, expected });
    }
    before.push(rate);
  }
  return issues;
}

function checkUnbilled(model: BookModel, path: string): BookIssue[] {
  return (model.unbilled ?? []).flatMap((meter, index) => {
    const rate = model.rates.findIndex((other) => other.meter === meter);
    return rate < 0
      ? []
      : [{ path: `${path}.unbilled[${index}]`, expected: `a meter without a rate; rates[${rate}] is for ${meter}` }];
  });
}

function checkDefaults(model: BookModel, path: string): BookIssue[] {
  const counted = new Set<string>([...model.rates.map(({ meter }) => meter), ...(model.unbilled ?? [])]);
  return Object.keys(model.defaults ?? {}).flatMap((meter) => {
    const parent = isMeter(meter) ? PARENTS[meter] : undefined;
    if (counted.has(meter) || (parent && counted.has(parent))) return [];
    return [
      {
        path: `${path}.defaults.${meter}`,
        expected: `a meter that the model has a rate for: ${[...counted].join(', ')}`,
      },
    ];
  });
}
