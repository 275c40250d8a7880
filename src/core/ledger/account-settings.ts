import { formatAmount, parseAmount } from '../money/amount.js';
import { assetOf } from '../money/asset.js';
import type { AccountBooks, Pocket } from './books.js';
import type { Context, PinnedBook } from './context.js';
import type { Draft } from './draft.js';
import { type Refusal, refuse } from './outcome.js';
import { singlePocketId } from './pockets.js';

type CheckedBooks = Refusal | { readonly ok: true; readonly prices: Record<string, string> };

/** Every book must be in force, in the asset it is assigned for, and no model may be in two of them. */
export function checkBooks(books: Readonly<Record<string, string>>, context: Context): CheckedBooks {
  const prices: Record<string, string> = {};
  const pinned: PinnedBook[] = [];
  for (const [asset, name] of Object.entries(books)) {
    const field = `books.${asset}`;
    const found = context.prices.inForce(name, context.now);
    if (!found) return refuse('VALIDATION', `no price book "${name}" is in force`, { field });
    if (found.book.asset !== asset)
      return refuse('VALIDATION', `price book "${name}" is in ${found.book.asset}`, { field });
    const twice = pinned.find((other) => sharesModel(other, found));
    if (twice) return refuse('VALIDATION', `price books "${name}" and "${twice.book.name}" share a model`, { field });
    prices[name] = found.priceVersionId;
    pinned.push(found);
  }
  return { ok: true, prices };
}

function sharesModel(a: PinnedBook, b: PinnedBook): boolean {
  for (const model of a.book.models.keys()) if (b.book.models.has(model)) return true;
  return false;
}

/** Gives each asset's credit line its limit; a limit below what is drawn and held of it is `CREDIT_LIMIT_IN_USE`. */
export function applyCreditLimits(
  draft: Draft,
  books: AccountBooks,
  limits: Readonly<Record<string, string>>,
  now: number,
): Refusal | undefined {
  const assets = new Set(Object.keys(limits));
  for (const pocket of books.pockets.values()) if (pocket.kind === 'credit') assets.add(pocket.asset);
  for (const code of assets) {
    const asset = assetOf(code);
    const parsed = parseAmount(limits[code] ?? '0', asset);
    if (!parsed.ok) return refuse('VALIDATION', `expected ${parsed.expected}`, { field: `credit_limits.${code}` });
    const id = singlePocketId(books.accountId, 'credit', code);
    const line = draft.pocket(id) ?? newCreditLine(id, code, now);
    const used = line.held - line.balance;
    if (parsed.minor < used) {
      return refuse('CREDIT_LIMIT_IN_USE', `${formatAmount(used, asset)} of the credit line is drawn or held`, {
        field: `credit_limits.${code}`,
        details: { asset: code, used: formatAmount(used, asset) },
      });
    }
    if (parsed.minor !== line.creditLimit) draft.put({ ...line, creditLimit: parsed.minor });
  }
  return undefined;
}

function newCreditLine(id: string, asset: string, now: number): Pocket {
  return {
    id,
    asset,
    kind: 'credit',
    balance: 0n,
    held: 0n,
    creditLimit: 0n,
    expiresAt: null,
    priority: 0,
    openedAt: now,
    closed: false,
  };
}
