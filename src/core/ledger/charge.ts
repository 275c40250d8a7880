import { formatAmount, parseAmount } from '../money/amount.js';
import { assetOf } from '../money/asset.js';
import type { UsagePrice } from '../pricing/price.js';
import {
  checkAccount,
  checkContentTier,
  checkKey,
  checkModelAllowed,
  checkMoney,
  checkPlan,
  checkTotal,
  type FoundModel,
  findModel,
} from './admission.js';
import type { AccountBooks } from './books.js';
import type { Charge } from './commands.js';
import type { Context } from './context.js';
import type { Decision } from './decision.js';
import { Draft, shareTexts } from './draft.js';
import { type ChargedValue, type Refusal, refuse } from './outcome.js';
import { type Charged, chargeTo } from './settlement.js';

/**
 * Reserve and settle in one step, for usage already known: checked as Reserve checks it. Incurred usage, which has
 * happened whatever we say of it, is refused only for an unknown key or model; what nobody can pay is shortfall.
 */
export function charge(command: Charge, books: AccountBooks, context: Context): Decision<ChargedValue> {
  const admitted = command.incurred ? admitIncurred(command, books, context) : admit(command, books, context);
  if (!admitted.ok) return admitted;
  const { model, pinned } = admitted.found;
  const asset = pinned.book.asset;
  if (command.cost !== undefined) {
    const cost = parseAmount(command.cost, assetOf(asset));
    if (!cost.ok) return refuse('VALIDATION', `expected ${cost.expected}`, { field: 'cost' });
  }
  const price = model.priceUsage(command.usage, command.dimensions);
  const tooMuch = checkTotal(price.total, 'usage');
  if (tooMuch) return tooMuch;
  const draft = new Draft(books, context.now);
  if (!command.incurred) {
    const refusal =
      checkPriced(price) ??
      checkLater(command, books, admitted.found, context) ??
      checkMoney(draft, asset, price.total);
    if (refusal) return refusal;
  }
  const position = { chargeId: command.id, asset, charged: 0n, draws: [], holds: [] };
  const charged = chargeTo(draft, books, position, price.total, context.now);
  return {
    ok: true,
    value: chargedValue(command, admitted.found, price, charged, draft, context.now),
    changes: draft.changes({ ...(charged.charge && { charges: [charged.charge] }) }),
    prices: { [pinned.book.name]: pinned.priceVersionId },
  };
}

type Admitted = Refusal | { readonly ok: true; readonly found: FoundModel };

/** The checks up to the model's being allowed; those that follow its price are in `checkLater`. */
function admit(command: Charge, books: AccountBooks, context: Context): Admitted {
  const keyed = checkKey(books, command.keyId, context.now);
  if (!keyed.ok) return keyed;
  const active = checkAccount(books);
  if (!active.ok) return active;
  const found = findModel(active.account, command.model, context.now, context, 'model');
  if (!found.ok) return found;
  return checkModelAllowed(keyed.key, command.model, 'model') ?? found;
}

function admitIncurred(command: Charge, books: AccountBooks, context: Context): Admitted {
  if (!books.account || !books.keys.has(command.keyId))
    return refuse('AUTHENTICATION_FAILED', 'the key is not known', { field: 'key' });
  if (command.occurredAt !== undefined && command.occurredAt < context.now) {
    const then = findModel(books.account, command.model, command.occurredAt, context, 'model');
    // Usage from before the book's first version is priced as of now: it is money spent, whatever its date.
    if (then.ok) return then;
  }
  return findModel(books.account, command.model, context.now, context, 'model');
}

function checkPriced(price: UsagePrice): Refusal | undefined {
  const [meter] = price.unpriced;
  return meter === undefined
    ? undefined
    : refuse('UNPRICED', `the model has no rate for ${meter}`, { field: `usage.${meter}` });
}

function checkLater(command: Charge, books: AccountBooks, found: FoundModel, context: Context): Refusal | undefined {
  const key = books.keys.get(command.keyId);
  if (!key || !books.account) return undefined;
  return (
    checkContentTier(books.account, key, found.model, 'model') ??
    checkPlan(books.account, found.model, context.now, 'model')
  );
}

function chargedValue(
  command: Charge,
  found: FoundModel,
  price: UsagePrice,
  charged: Charged,
  draft: Draft,
  now: number,
): ChargedValue {
  const { asset } = found.pinned.book;
  const unit = assetOf(asset);
  const amount = formatAmount(price.total, unit);
  return {
    type: 'charged',
    chargeId: command.id,
    keyId: command.keyId,
    model: command.model,
    asset,
    final: true,
    late: false,
    estimated: command.estimated ?? false,
    amount,
    total: amount,
    shortfall: formatAmount(charged.shortfall, unit),
    lines: price.lines,
    unpriced: price.unpriced,
    usage: command.usage,
    usageDelta: command.usage,
    draws: shareTexts(asset, charged.draws),
    ...(command.cost !== undefined && { cost: command.cost, costDelta: command.cost }),
    dimensions: command.dimensions,
    ...(command.tags && { tags: command.tags }),
    priceVersionId: found.pinned.priceVersionId,
    occurredAt: command.occurredAt ?? now,
    available: draft.availableText(asset),
  };
}
