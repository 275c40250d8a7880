import type { Dimensions, HeldPrice, PriceResult, Quantities, UsagePrice } from './price.js';

/** A model of a price book, compiled once for its version. */
export interface CompiledModel {
  readonly model: string;
  readonly category: string;
  readonly contentTier: 'sfw' | 'uncensored';
  /** The plans that may use the model; empty for all. */
  readonly plans: readonly string[];
  /** The price of the worst case of a request, for a hold. Refuses what cannot be priced or is out of its values. */
  priceWorstCase(quantities: Quantities, dimensions: Dimensions): PriceResult<HeldPrice>;
  /**
   * The price of usage that has happened. Never refuses for want of a rate: such meters are named in `unpriced`.
   * Dimensions that the model does not declare, or values out of its list, are recorded and not priced.
   */
  priceUsage(usage: Quantities, dimensions: Dimensions): UsagePrice;
}

export interface CompiledBook {
  readonly name: string;
  readonly asset: string;
  readonly models: ReadonlyMap<string, CompiledModel>;
}
