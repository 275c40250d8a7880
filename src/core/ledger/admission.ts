import { AMOUNT_MAX, formatAmount } from '../money/amount.js';
import { assetOf } from '../money/asset.js';
import type { CompiledModel } from '../pricing/compiled-book.js';
import type { Account, AccountBooks, Key } from './books.js';
import type { Context, PinnedBook } from './context.js';
import type { Draft } from './draft.js';
import { type Refusal, refuse } from './outcome.js';

/*
 * The checks that stand before a hold, one function each. Their order is that of `reserve`, and the first that fails
 * is the answer. Request rates, open reservations and budgets will stand between `checkPlan` and `checkMoney`.
 */

/** A model as it was found: in which book, under which version. */
export interface FoundModel {
  readonly model: CompiledModel;
  readonly pinned: PinnedBook;
}

/** The key must be known, for inference, and neither revoked nor expired. */
export function checkKey(
  books: AccountBooks,
  keyId: string,
  now: number,
): Refusal | { readonly ok: true; readonly key: Key } {
  const key = books.keys.get(keyId);
  if (!key) return refuse('AUTHENTICATION_FAILED', 'the key is not known', { field: 'key' });
  if (key.revokedAt !== null) return refuse('AUTHENTICATION_FAILED', 'the key is revoked', { field: 'key' });
  if (key.expiresAt !== null && key.expiresAt <= now)
    return refuse('AUTHENTICATION_FAILED', 'the key has expired', { field: 'key' });
  if (key.scope !== 'inference')
    return refuse('PERMISSION_DENIED', 'an admin key does not spend; expected an inference key', { field: 'key' });
  return { ok: true, key };
}

/** The account must be open and active. */
export function checkAccount(books: AccountBooks): Refusal | { readonly ok: true; readonly account: Account } {
  if (!books.account) return refuse('ACCOUNT_NOT_FOUND', 'no account has this id', { field: 'account_id' });
  const { status } = books.account.settings;
  if (status === 'SUSPENDED') return refuse('ACCOUNT_SUSPENDED', 'the account is suspended');
  if (status === 'CLOSED') return refuse('ACCOUNT_CLOSED', 'the account is closed');
  return { ok: true, account: books.account };
}

/** Finds a model in the account's books that are in force. */
export function findModel(
  account: Account,
  model: string,
  at: number,
  context: Context,
  field: string,
): Refusal | { readonly ok: true; readonly found: FoundModel } {
  const { books } = account.settings;
  for (const asset in books) {
    const pinned = context.prices.inForce(books[asset] as string, at);
    const compiled = pinned?.book.models.get(model);
    if (pinned && compiled) return { ok: true, found: { model: compiled, pinned } };
  }
  return refuse('INVALID_MODEL', `no model "${model}" is sold to this account`, { field });
}

export function checkModelAllowed(key: Key, model: string, field: string): Refusal | undefined {
  if (key.models === null || key.models.includes(model)) return undefined;
  return refuse('MODEL_NOT_ALLOWED', `the key may not use model "${model}"`, { field, allowed: key.models });
}

/** Uncensored models need an uncensored key, and an account that is of age or carries the assurance by agreement. */
export function checkContentTier(account: Account, key: Key, model: CompiledModel, field: string): Refusal | undefined {
  if (model.contentTier !== 'uncensored') return undefined;
  if (key.tier !== 'uncensored')
    return refuse('CONTENT_TIER_FORBIDDEN', `model "${model.model}" needs an uncensored key`, { field });
  if (account.settings.ageVerified || account.settings.complianceByAgreement) return undefined;
  return refuse('AGE_VERIFICATION_REQUIRED', `model "${model.model}" needs an age-verified account`, { field });
}

export function checkPlan(account: Account, model: CompiledModel, now: number, field: string): Refusal | undefined {
  if (model.plans.length === 0) return undefined;
  const { plan, planUntil } = account.settings;
  if (plan !== null && model.plans.includes(plan) && (planUntil === null || planUntil > now)) return undefined;
  return refuse('SUBSCRIPTION_REQUIRED', `model "${model.model}" needs one of the plans ${model.plans.join(', ')}`, {
    field,
    allowed: model.plans,
  });
}

/** A price above what one command may move comes from quantities that nobody means. */
export function checkTotal(total: bigint, field: string): Refusal | undefined {
  if (total <= AMOUNT_MAX) return undefined;
  return refuse('VALIDATION', 'expected quantities whose price is an amount that can be booked', { field });
}

/** The money must be free. Tells an account that has none from one whose money is held by other requests. */
export function checkMoney(draft: Draft, asset: string, required: bigint): Refusal | undefined {
  const available = draft.available(asset);
  if (available >= required) return undefined;
  const unit = assetOf(asset);
  const held = draft.heldOf(asset);
  const reason = available + held >= required ? 'funds_held' : 'no_funds';
  const message =
    reason === 'funds_held'
      ? `${formatAmount(required, unit)} ${asset} is needed; ${formatAmount(available, unit)} is free and ${formatAmount(held, unit)} is held by open reservations`
      : `${formatAmount(required, unit)} ${asset} is needed; ${formatAmount(available, unit)} is available`;
  return refuse('INSUFFICIENT_BALANCE', message, {
    details: {
      reason,
      asset,
      required: formatAmount(required, unit),
      available: formatAmount(available, unit),
      held: formatAmount(held, unit),
    },
  });
}
