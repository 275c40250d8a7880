import { formatAmount, parseAmount } from '../money/amount.js';
import { assetOf } from '../money/asset.js';
import type { AccountBooks } from './books.js';
import type { Grant } from './commands.js';
import type { Context } from './context.js';
import type { Decision } from './decision.js';
import { Draft } from './draft.js';
import { ownId } from './ids.js';
import { type BookedValue, refuse } from './outcome.js';

/** Grants promotional credit into a pocket of its own. It never repays anything. */
export function grant(command: Grant, books: AccountBooks, context: Context): Decision<BookedValue> {
  if (!books.account) return refuse('ACCOUNT_NOT_FOUND', 'no account has this id', { field: 'account_id' });
  if (books.account.settings.status === 'CLOSED') return refuse('ACCOUNT_CLOSED', 'the account is closed');
  const asset = assetOf(command.asset);
  const parsed = parseAmount(command.amount, asset);
  if (!parsed.ok || parsed.minor === 0n) {
    return refuse('VALIDATION', `expected ${parsed.ok ? 'an amount above 0' : parsed.expected}`, { field: 'amount' });
  }
  if (command.expiresAt !== null && command.expiresAt <= context.now) {
    return refuse('VALIDATION', 'expected a moment in the future', { field: 'expires_at_ms' });
  }
  const draft = new Draft(books, context.now);
  const pocketId = ownId(command, 'grant');
  draft.put({
    id: pocketId,
    asset: asset.code,
    kind: 'grant',
    balance: 0n,
    held: 0n,
    creditLimit: 0n,
    expiresAt: command.expiresAt,
    priority: command.priority,
    openedAt: context.now,
    closed: false,
  });
  draft.credit('grant', pocketId, parsed.minor);
  const amount = formatAmount(parsed.minor, asset);
  return {
    ok: true,
    value: { type: 'booked', asset: asset.code, amount, pocketId, balance: amount },
    changes: draft.changes(),
  };
}
