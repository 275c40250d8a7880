import { parseAmount } from '../money/amount.js';
import { type Asset, assetOf } from '../money/asset.js';
import { parseQuantity } from '../money/quantity.js';
import { compileRate } from './compile-rate.js';
import type { CompiledBook } from './compiled-book.js';
import { conditionsOf, dimensionsOf, mostSpecificFirst } from './conditions.js';
import { METERS, type Meter, PARENTS } from './meters.js';
import { type Choice, ModelPrices } from './model-prices.js';
import type { BookModel, PriceBook } from './price-book.js';

/** Compiles a book that `parseBook` has accepted. */
export function compileBook(book: PriceBook): CompiledBook {
  const asset = assetOf(book.asset);
  const models = new Map(book.models.map((model) => [model.model, compileModel(model, book, asset)]));
  return { name: book.book, asset: book.asset, models };
}

function compileModel(model: BookModel, book: PriceBook, asset: Asset): ModelPrices {
  const dimensions = dimensionsOf(model);
  const own = new Map<Meter, Choice[]>();
  for (const rate of model.rates) {
    const { conditions } = conditionsOf(rate.when, dimensions);
    const compiled = compileRate(rate, model.markup ?? book.markup, asset, book.rounding ?? 'half_up');
    own.set(rate.meter, [...(own.get(rate.meter) ?? []), { conditions, rate: compiled }]);
  }
  for (const meter of model.unbilled ?? []) own.set(meter, [{ conditions: new Map(), rate: undefined }]);
  const minimum = parseAmount(model.minimum_charge ?? '0', asset);
  return new ModelPrices({
    model: model.model,
    category: model.category,
    contentTier: model.content_tier ?? 'sfw',
    plans: model.plans ?? [],
    asset,
    dimensions,
    choices: new Map(METERS.flatMap((meter) => inherited(meter, own))),
    own: new Set(own.keys()),
    defaults: Object.entries(model.defaults ?? {}).map(([meter, quantity]) => [
      meter as Meter,
      quantity,
      parseQuantity(quantity) ?? 0n,
    ]),
    minimumCharge: minimum.ok ? minimum.minor : 0n,
    hasRates: model.rates.length > 0,
  });
}

/** A meter's own rates, the most specific first, and then those of the meter that it refines. */
function inherited(meter: Meter, own: ReadonlyMap<Meter, readonly Choice[]>): [Meter, readonly Choice[]][] {
  const parent = PARENTS[meter];
  const choices = [meter, ...(parent ? [parent] : [])].flatMap((name) => mostSpecificFirst(own.get(name) ?? []));
  return choices.length > 0 ? [[meter, choices]] : [];
}
