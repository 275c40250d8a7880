import { Inject, Injectable } from '@nestjs/common';
import { checkAccount, checkKey, type FoundModel } from '../core/ledger/admission.js';
import type { AccountBooks, Key } from '../core/ledger/books.js';
import type { Candidate } from '../core/ledger/commands.js';
import type { Context } from '../core/ledger/context.js';
import { type Refusal, refuse } from '../core/ledger/outcome.js';
import { type PricedCandidate, priceCandidates } from '../core/ledger/reserve.js';
import { BooksReader } from '../ledger/books-reader.js';
import { Ledger } from '../ledger/ledger.js';
import { PRICE_SOURCE, type PriceSource } from '../ledger/price-source.js';
import { type AssetBalance, balancesOf } from './balances.js';

/** What a described request would cost, and what an account has for it. */
export interface Quote {
  readonly ok: true;
  readonly candidates: readonly PricedCandidate[];
  readonly asset: string;
  /** The price of the dearest candidate, in minor units: what a Reserve would hold. */
  readonly required: bigint;
  /** Of the account, where there is one; undefined where it has no pocket in the asset. */
  readonly balance?: AssetBalance | undefined;
}

/** Stands in for a key where an account asks for itself: it may use whatever the account may. */
const ANY_KEY: Key = {
  id: '',
  label: '',
  scope: 'inference',
  tier: 'uncensored',
  models: null,
  expiresAt: null,
  revokedAt: null,
  mintedAt: 0,
};

/** Prices requests without holding anything. */
@Injectable()
export class Quotes {
  constructor(
    private readonly reader: BooksReader,
    private readonly ledger: Ledger,
    @Inject(PRICE_SOURCE) private readonly prices: PriceSource,
  ) {}

  /** For an account, and a key of it where one is given: refused as a Reserve would be, but for the money. */
  async forAccount(
    accountId: string,
    keyId: string | undefined,
    candidates: readonly Candidate[],
  ): Promise<Quote | Refusal> {
    const { books, now } = await this.reader.read(accountId, keyId === undefined ? {} : { keyId });
    await this.prices.ensureBooks(Object.values(books.account?.settings.books ?? {}));
    const priced = this.priceFor(books, keyId, candidates, this.context(now));
    if (!priced.ok) return priced;
    const quote = quoteOf(priced.candidates);
    return { ...quote, balance: balancesOf(books, now).find(({ asset }) => asset === quote.asset) };
  }

  /** By a price book alone. */
  async forBook(book: string, candidates: readonly Candidate[]): Promise<Quote | Refusal> {
    await this.prices.ensureBooks([book]);
    const pinned = this.prices.inForce(book, this.ledger.now());
    if (!pinned) return refuse('VALIDATION', `no price book "${book}" is in force`, { field: 'book' });
    const priced: PricedCandidate[] = [];
    for (const [index, { model, quantities, dimensions }] of candidates.entries()) {
      const compiled = pinned.book.models.get(model);
      const field = `candidates[${index}]`;
      if (!compiled)
        return refuse('INVALID_MODEL', `no model "${model}" is in price book "${book}"`, { field: `${field}.model` });
      const found: FoundModel = { model: compiled, pinned };
      const result = compiled.priceWorstCase(quantities, dimensions);
      if (!result.ok) return { ...result, field: `${field}.${result.field}` };
      priced.push({ ...found, price: result.price });
    }
    return quoteOf(priced);
  }

  private priceFor(
    books: AccountBooks,
    keyId: string | undefined,
    candidates: readonly Candidate[],
    context: Context,
  ): ReturnType<typeof priceCandidates> {
    const keyed = keyId === undefined ? { ok: true as const, key: ANY_KEY } : checkKey(books, keyId, context.now);
    if (!keyed.ok) return keyed;
    const active = checkAccount(books);
    if (!active.ok) return active;
    return priceCandidates({ candidates }, active.account, keyed.key, context);
  }

  private context(now: number): Context {
    return { now, oldestIdMs: 0, newestIdMs: Number.MAX_SAFE_INTEGER, prices: this.prices };
  }
}

function quoteOf(candidates: readonly PricedCandidate[]): Quote {
  let required = 0n;
  for (const { price } of candidates) if (price.total > required) required = price.total;
  return { ok: true, candidates, asset: candidates[0]?.pinned.book.asset ?? '', required };
}
