import type { PriceContext } from '../core/ledger/context.js';

/** What the engine asks of the price tables. Look-ups are synchronous, on what was loaded before. */
export interface PriceSource extends PriceContext {
  /** Loads the named versions that are not loaded yet. */
  ensureVersions(priceVersionIds: readonly string[]): Promise<void>;
  /** Loads the books of that name of which nothing is loaded yet. */
  ensureBooks(names: readonly string[]): Promise<void>;
}

/** The injection token of the `PriceSource`. */
export const PRICE_SOURCE = Symbol('PriceSource');
