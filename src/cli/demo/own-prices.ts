import { type Decimal, decimal, divideHalfUp, plus, times, USD_DIGITS, usd } from './decimal.js';

/** Quantities by meter, as the service takes them: decimal strings. */
export type Quantities = Readonly<Record<string, string>>;

/** A price book, as far as the demo reads it: its models, and of their rates those without conditions. */
export interface Book {
  readonly book: string;
  readonly asset: string;
  readonly markup?: Markup;
  readonly models: readonly BookModel[];
}

export interface BookModel {
  readonly model: string;
  readonly category: string;
  readonly content_tier?: string;
  readonly markup?: Markup;
  readonly minimum_charge?: string;
  readonly rates: readonly {
    readonly meter: string;
    readonly per: string;
    readonly price?: string;
    readonly cost?: string;
  }[];
}

interface Markup {
  readonly times?: string;
  readonly plus?: string;
}

interface OwnRate {
  readonly price: Decimal;
  readonly per: Decimal;
}

/** What a gateway works out by itself: the price of some quantities, and which meters have no rate. */
export interface OwnPrice {
  readonly amount: bigint;
  readonly unpriced: readonly string[];
}

/** A meter without a rate of its own is charged as this other one. */
const CHARGED_AS: Readonly<Record<string, string>> = {
  cached_input_tokens: 'input_tokens',
  reasoning_tokens: 'output_tokens',
};

/** The gateway's own price calculation, from the price book alone. It is what the service's answers are compared with. */
export class OwnPrices {
  readonly #models: ReadonlyMap<string, { readonly rates: ReadonlyMap<string, OwnRate>; readonly minimum: bigint }>;

  constructor(book: Book) {
    this.#models = new Map(
      book.models.map((model) => [
        model.model,
        { rates: ratesOf(model, book.markup), minimum: usd(model.minimum_charge) },
      ]),
    );
  }

  priceOf(model: string, quantities: Quantities): OwnPrice {
    const found = this.#models.get(model);
    if (!found) throw new Error(`the book has no model "${model}"`);
    const unpriced: string[] = [];
    let amount = 0n;
    let charged = false;
    for (const [meter, text] of Object.entries(quantities)) {
      const used = decimal(text);
      if (used.units === 0n) continue;
      const rate = found.rates.get(meter) ?? found.rates.get(CHARGED_AS[meter] ?? meter);
      if (!rate) {
        unpriced.push(meter);
        continue;
      }
      amount += divideHalfUp(times(used, rate.price), rate.per, USD_DIGITS);
      charged = true;
    }
    return { amount: charged && amount < found.minimum ? found.minimum : amount, unpriced };
  }
}

function ratesOf(model: BookModel, bookMarkup: Markup | undefined): Map<string, OwnRate> {
  const markup = model.markup ?? bookMarkup;
  const rates = new Map<string, OwnRate>();
  for (const { meter, per, price, cost } of model.rates) {
    const sale =
      price === undefined
        ? plus(times(decimal(cost ?? '0'), decimal(markup?.times ?? '1')), decimal(markup?.plus ?? '0'))
        : decimal(price);
    rates.set(meter, { price: sale, per: decimal(per) });
  }
  return rates;
}
