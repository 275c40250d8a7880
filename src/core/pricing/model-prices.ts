import { AMOUNT_MAX, formatAmount } from '../money/amount.js';
import type { Asset } from '../money/asset.js';
import { formatQuantity, parseQuantity, QUANTITY_EXPECTED } from '../money/quantity.js';
import { amountOf, type CompiledRate, dearer } from './compile-rate.js';
import type { CompiledModel } from './compiled-book.js';
import { type Conditions, type Dimension, describe, holdsFor } from './conditions.js';
import { CONTEXT_DIMENSION, CONTEXT_METERS, isMeter, MAY_TURN_OUT_AS, type Meter, metersOf } from './meters.js';
import type { Dimensions, HeldPrice, PriceLine, PriceRefusal, PriceResult, Quantities, UsagePrice } from './price.js';

/** A rate of one meter and when it holds; `rate` is undefined where the meter is not billed. */
export interface Choice {
  readonly conditions: Conditions;
  readonly rate: CompiledRate | undefined;
}

export interface ModelParts {
  readonly model: string;
  readonly category: string;
  readonly contentTier: 'sfw' | 'uncensored';
  readonly plans: readonly string[];
  readonly asset: Asset;
  readonly dimensions: ReadonlyMap<string, Dimension>;
  /** For each meter that has any: its rates in the order in which they are tried. */
  readonly choices: ReadonlyMap<string, readonly Choice[]>;
  /** The meters with rates of their own, which they do not have from another that they refine. */
  readonly own: ReadonlySet<string>;
  /** What a request that does not name the meter is held for: the text, and the same in its smallest unit. */
  readonly defaults: readonly (readonly [Meter, string, bigint])[];
  readonly minimumCharge: bigint;
  readonly hasRates: boolean;
}

interface Counted {
  readonly meter: string;
  readonly text: string;
  readonly quantity: bigint;
}

/** The values of a request's dimensions that select rates. */
type Selected = ReadonlyMap<string, string>;

const NOTHING_SELECTED: Selected = new Map();

/** Prices the requests of one model. All that does not depend on the request was worked out when its book was compiled. */
export class ModelPrices implements CompiledModel {
  readonly model: string;
  readonly category: string;
  readonly contentTier: 'sfw' | 'uncensored';
  readonly plans: readonly string[];

  constructor(private readonly parts: ModelParts) {
    this.model = parts.model;
    this.category = parts.category;
    this.contentTier = parts.contentTier;
    this.plans = parts.plans;
  }

  priceWorstCase(quantities: Quantities, dimensions: Dimensions): PriceResult<HeldPrice> {
    const unpriced = this.#checkPriced(quantities);
    if (unpriced) return unpriced;
    const counted = this.#countWorstCase(quantities);
    if ('ok' in counted) return counted;
    const selected = this.#selectAllowed(dimensions, counted);
    if ('ok' in selected) return selected;
    const lines: PriceLine[] = [];
    let sum = 0n;
    for (const item of counted) {
      if (item.quantity === 0n) continue;
      const choice = this.#find(item.meter, selected);
      if (!choice) return this.#notSelected(item.meter, selected);
      if (!choice.rate) continue;
      sum += this.#addLine(lines, item, this.#dearest(choice.rate, item.meter, quantities, selected));
    }
    const total = this.#charge(lines, sum);
    if (total > AMOUNT_MAX)
      return invalid('quantities', `quantities that come to at most ${formatAmount(AMOUNT_MAX, this.parts.asset)}`);
    return { ok: true, price: { lines, total, quantities: withDefaults(quantities, counted) } };
  }

  priceUsage(usage: Quantities, dimensions: Dimensions): UsagePrice {
    const counted = countUsage(usage);
    const selected = this.#selectKnown(dimensions, counted);
    const lines: PriceLine[] = [];
    const unpriced: string[] = [];
    let sum = 0n;
    for (const item of counted) {
      if (item.quantity === 0n) continue;
      const choice = this.#find(item.meter, selected);
      if (!choice) unpriced.push(item.meter);
      else if (choice.rate) sum += this.#addLine(lines, item, choice.rate);
    }
    return { lines, total: this.#charge(lines, sum), unpriced };
  }

  /** Every meter that Tollgate knows must have a rate here, whatever the dimensions; of a zero nothing is to be charged. */
  #checkPriced(quantities: Quantities): PriceRefusal | undefined {
    if (!this.parts.hasRates)
      return { ok: false, code: 'UNPRICED', field: 'model', message: `model "${this.model}" has no price` };
    for (const meter in quantities) {
      if (!this.parts.choices.has(meter) && isMeter(meter) && parseQuantity(quantities[meter] ?? '') !== 0n)
        return this.#unpriced(meter);
    }
    return undefined;
  }

  #countWorstCase(quantities: Quantities): Counted[] | PriceRefusal {
    const counted: Counted[] = [];
    for (const meter of metersOf(quantities)) {
      if (!isMeter(meter))
        return invalid(`quantities.${meter}`, 'a meter of the model', [...this.parts.choices.keys()]);
      const text = quantities[meter] ?? '';
      const quantity = parseQuantity(text);
      if (quantity === undefined) return invalid(`quantities.${meter}`, QUANTITY_EXPECTED);
      counted.push({ meter, text, quantity });
    }
    if (counted.length === 0)
      return invalid('quantities', 'the worst case of at least one meter', [...this.parts.choices.keys()]);
    for (const [meter, text, quantity] of this.parts.defaults) {
      if (!Object.hasOwn(quantities, meter)) counted.push({ meter, text, quantity });
    }
    if (this.parts.own.has('output_tokens') && !counted.some(({ meter }) => meter === 'output_tokens')) {
      return invalid(
        'quantities.output_tokens',
        'the most tokens that the model may make, because it charges for them',
      );
    }
    return counted;
  }

  /** The dimensions that the model declares; a value that it does not allow is refused. */
  #selectAllowed(dimensions: Dimensions, counted: readonly Counted[]): Selected | PriceRefusal {
    if (this.parts.dimensions.size === 0) return NOTHING_SELECTED;
    for (const [name, { allowed }] of this.parts.dimensions) {
      const value = Object.hasOwn(dimensions, name) ? dimensions[name] : undefined;
      if (value === undefined || holdsFor(allowed, value)) continue;
      return invalid(`dimensions.${name}`, describe(allowed), 'texts' in allowed ? [...allowed.texts] : undefined);
    }
    return this.#selectKnown(dimensions, counted);
  }

  /** The dimensions that the model declares; a value that it does not allow is as if it were not given. */
  #selectKnown(dimensions: Dimensions, counted: readonly Counted[]): Selected {
    if (this.parts.dimensions.size === 0) return NOTHING_SELECTED;
    const selected = new Map<string, string>();
    for (const [name, { allowed, fallback }] of this.parts.dimensions) {
      const given = Object.hasOwn(dimensions, name) ? dimensions[name] : undefined;
      const derived = name === CONTEXT_DIMENSION ? contextTokens(counted) : fallback;
      const value = given !== undefined && holdsFor(allowed, given) ? given : derived;
      if (value !== undefined) selected.set(name, value);
    }
    return selected;
  }

  #find(meter: string, selected: Selected): Choice | undefined {
    return this.parts.choices.get(meter)?.find((choice) => meets(choice, selected));
  }

  /** The rate for a hold: tokens that the caller did not split are held at the dearest that they may turn out to be. */
  #dearest(rate: CompiledRate, meter: string, quantities: Quantities, selected: Selected): CompiledRate {
    const other = MAY_TURN_OUT_AS[meter as Meter];
    if (other === undefined || !this.parts.own.has(other) || Object.hasOwn(quantities, other)) return rate;
    const dear = this.#find(other, selected)?.rate;
    return dear && dearer(dear, rate) ? dear : rate;
  }

  /** No rate holds under these dimensions: either one of them is missing, or the book has no rate for what they say. */
  #notSelected(meter: string, selected: Selected): PriceRefusal {
    for (const { conditions } of this.parts.choices.get(meter) ?? []) {
      for (const name of conditions.keys()) {
        const dimension = this.parts.dimensions.get(name);
        if (!dimension || selected.has(name)) continue;
        const { allowed } = dimension;
        return invalid(`dimensions.${name}`, describe(allowed), 'texts' in allowed ? [...allowed.texts] : undefined);
      }
    }
    return this.#unpriced(meter);
  }

  #unpriced(meter: string): PriceRefusal {
    return {
      ok: false,
      code: 'UNPRICED',
      field: `quantities.${meter}`,
      message: `model "${this.model}" has no rate for ${meter}`,
    };
  }

  #addLine(lines: PriceLine[], { meter, text, quantity }: Counted, rate: CompiledRate): bigint {
    const amount = amountOf(rate, quantity);
    lines.push({
      meter,
      quantity: text,
      price: rate.price,
      per: rate.per,
      amount: formatAmount(amount, this.parts.asset),
    });
    return amount;
  }

  /** Where nothing was used, there is no line and nothing to charge the minimum for. */
  #charge(lines: readonly PriceLine[], sum: bigint): bigint {
    return lines.length > 0 && sum < this.parts.minimumCharge ? this.parts.minimumCharge : sum;
  }
}

function invalid(field: string, expected: string, allowed?: readonly string[]): PriceRefusal {
  return { ok: false, code: 'VALIDATION', field, message: `expected ${expected}`, ...(allowed && { allowed }) };
}

function meets({ conditions }: Choice, selected: Selected): boolean {
  for (const [name, values] of conditions) {
    const value = selected.get(name);
    if (value === undefined || !holdsFor(values, value)) return false;
  }
  return true;
}

/** The edge has checked every quantity of a usage: one that does not parse is a fault of ours. */
function countUsage(usage: Quantities): Counted[] {
  const counted: Counted[] = [];
  for (const meter of metersOf(usage)) {
    const text = usage[meter] ?? '';
    const quantity = parseQuantity(text);
    if (quantity === undefined) throw new Error(`quantity ${text} of ${meter} passed the edge`);
    counted.push({ meter, text, quantity });
  }
  return counted;
}

function contextTokens(counted: readonly Counted[]): string {
  let sum = 0n;
  for (const { meter, quantity } of counted) if ((CONTEXT_METERS as readonly string[]).includes(meter)) sum += quantity;
  return formatQuantity(sum);
}

function withDefaults(quantities: Quantities, counted: readonly Counted[]): Quantities {
  return counted.length === Object.keys(quantities).length
    ? quantities
    : Object.fromEntries(counted.map(({ meter, text }) => [meter, text]));
}
