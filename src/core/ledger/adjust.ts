import { formatAmount, parseSignedAmount } from '../money/amount.js';
import { assetOf } from '../money/asset.js';
import type { AccountBooks } from './books.js';
import type { Adjust } from './commands.js';
import type { Context } from './context.js';
import type { Decision } from './decision.js';
import { Draft } from './draft.js';
import { type BookedValue, refuse } from './outcome.js';
import { freeOf, isExpired } from './pockets.js';

/** An operator's correction of one pocket, up or down; never below what is free in it. */
export function adjust(command: Adjust, books: AccountBooks, context: Context): Decision<BookedValue> {
  if (!books.account) return refuse('ACCOUNT_NOT_FOUND', 'no account has this id', { field: 'account_id' });
  const asset = assetOf(command.asset);
  const parsed = parseSignedAmount(command.amount, asset);
  if (!parsed.ok || parsed.minor === 0n) {
    return refuse('VALIDATION', `expected ${parsed.ok ? 'an amount other than 0' : parsed.expected}`, {
      field: 'amount',
    });
  }
  const draft = new Draft(books, context.now);
  const pocket = command.pocketId === undefined ? draft.paidPocket(asset.code) : draft.pocket(command.pocketId);
  if (!pocket || pocket.asset !== asset.code || pocket.kind === 'credit' || isExpired(pocket, context.now)) {
    return refuse(
      'POCKET_NOT_FOUND',
      `the account has no open pocket of ${asset.code} with this id that can be adjusted`,
      { field: 'pocket_id' },
    );
  }
  if (parsed.minor > 0n) {
    draft.credit('adjustment', pocket.id, parsed.minor);
  } else {
    if (freeOf(pocket) < -parsed.minor) {
      return refuse('INSUFFICIENT_BALANCE', 'the pocket has less than that free', {
        details: {
          asset: asset.code,
          required: formatAmount(-parsed.minor, asset),
          available: formatAmount(freeOf(pocket), asset),
        },
      });
    }
    draft.debit('adjustment', pocket.id, -parsed.minor);
  }
  return {
    ok: true,
    value: {
      type: 'booked',
      asset: asset.code,
      amount: formatAmount(parsed.minor, asset),
      pocketId: pocket.id,
      balance: formatAmount(draft.pocket(pocket.id)?.balance ?? 0n, asset),
    },
    changes: draft.changes(),
  };
}
