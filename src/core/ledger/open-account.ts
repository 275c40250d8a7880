import { applyCreditLimits, checkBooks } from './account-settings.js';
import type { AccountBooks } from './books.js';
import type { OpenAccount } from './commands.js';
import type { Context } from './context.js';
import type { Decision } from './decision.js';
import { Draft } from './draft.js';
import { type AccountValue, refuse } from './outcome.js';

/** Opens an account. Refused with `ACCOUNT_EXISTS` when another command opened it. */
export function openAccount(command: OpenAccount, books: AccountBooks, context: Context): Decision<AccountValue> {
  if (books.account) return refuse('ACCOUNT_EXISTS', 'an account with this id exists already', { field: 'account_id' });
  const checked = checkBooks(command.settings.books, context);
  if (!checked.ok) return checked;
  const draft = new Draft(books, context.now);
  const refusal = applyCreditLimits(draft, books, command.settings.creditLimits, context.now);
  if (refusal) return refusal;
  const account = { id: command.accountId, settings: command.settings, openedAt: context.now };
  return {
    ok: true,
    value: { type: 'account', accountId: account.id, settings: account.settings },
    changes: draft.changes({ account }),
    prices: checked.prices,
  };
}
