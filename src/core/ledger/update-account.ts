import { applyCreditLimits, checkBooks } from './account-settings.js';
import type { AccountBooks } from './books.js';
import type { UpdateAccount } from './commands.js';
import type { Context } from './context.js';
import type { Decision } from './decision.js';
import { Draft } from './draft.js';
import { type AccountValue, refuse } from './outcome.js';

/** Changes the settings that are given; all others stay. */
export function updateAccount(command: UpdateAccount, books: AccountBooks, context: Context): Decision<AccountValue> {
  if (!books.account) return refuse('ACCOUNT_NOT_FOUND', 'no account has this id', { field: 'account_id' });
  const { set } = command;
  const checked = set.books ? checkBooks(set.books, context) : undefined;
  if (checked && !checked.ok) return checked;
  const draft = new Draft(books, context.now);
  const refusal = set.creditLimits && applyCreditLimits(draft, books, set.creditLimits, context.now);
  if (refusal) return refusal;
  const account = { ...books.account, settings: { ...books.account.settings, ...set } };
  return {
    ok: true,
    value: { type: 'account', accountId: account.id, settings: account.settings },
    changes: draft.changes({ account }),
    ...(checked && { prices: checked.prices }),
  };
}
