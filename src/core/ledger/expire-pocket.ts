import { formatAmount } from '../money/amount.js';
import { assetOf } from '../money/asset.js';
import type { AccountBooks } from './books.js';
import type { ExpirePocket } from './commands.js';
import type { Context } from './context.js';
import type { Decided } from './decision.js';
import { Draft } from './draft.js';
import type { ExpiredValue } from './outcome.js';

/** Moves what is free in an expired pocket to breakage. What is held in it may still settle. */
export function expirePocket(command: ExpirePocket, books: AccountBooks, context: Context): Decided<ExpiredValue> {
  const pocket = books.pockets.get(command.pocketId);
  if (!pocket) throw new Error(`pocket ${command.pocketId} expires but is not there`);
  const draft = new Draft(books, context.now);
  const amount = draft.expireFree(pocket.id);
  return {
    ok: true,
    value: {
      type: 'expired',
      pocketId: pocket.id,
      asset: pocket.asset,
      amount: formatAmount(amount, assetOf(pocket.asset)),
    },
    changes: draft.changes(),
  };
}
