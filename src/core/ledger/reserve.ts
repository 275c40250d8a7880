import { formatAmount } from '../money/amount.js';
import { assetOf } from '../money/asset.js';
import type { HeldPrice } from '../pricing/price.js';
import {
  checkAccount,
  checkContentTier,
  checkKey,
  checkModelAllowed,
  checkMoney,
  checkPlan,
  type FoundModel,
  findModel,
} from './admission.js';
import type { Account, AccountBooks, Key, Reservation } from './books.js';
import type { Candidate, Reserve } from './commands.js';
import type { Context } from './context.js';
import type { Decision } from './decision.js';
import { Draft, shareTexts } from './draft.js';
import { type Refusal, type ReservationValue, refuse } from './outcome.js';

/** A candidate with its model and the price of its worst case. */
export interface PricedCandidate extends FoundModel {
  readonly price: HeldPrice;
}

/** Admits one request: checks it in the order of the checks' file, and holds the dearest of its candidates. */
export function reserve(command: Reserve, books: AccountBooks, context: Context): Decision<ReservationValue> {
  const keyed = checkKey(books, command.keyId, context.now);
  if (!keyed.ok) return keyed;
  const active = checkAccount(books);
  if (!active.ok) return active;
  const priced = priceCandidates(command, active.account, keyed.key, context);
  if (!priced.ok) return priced;
  const { pinned } = priced.candidates[0] as PricedCandidate;
  const asset = pinned.book.asset;
  let dearest = 0n;
  for (const { price } of priced.candidates) if (price.total > dearest) dearest = price.total;
  const draft = new Draft(books, context.now);
  const shortOfMoney = checkMoney(draft, asset, dearest);
  if (shortOfMoney) return shortOfMoney;
  const reservation: Reservation = {
    id: command.id,
    keyId: command.keyId,
    status: 'HELD',
    expiresAt: context.now + command.ttlMs,
    asset,
    priceVersionId: pinned.priceVersionId,
    candidates: command.candidates,
    ceiling: dearest,
    holds: draft.hold(asset, dearest),
    charged: 0n,
    draws: [],
    usage: {},
    dimensions: {},
    candidate: 0,
    cost: 0n,
    tags: command.tags ?? {},
  };
  return {
    ok: true,
    value: reservationValue(reservation, priced.candidates, draft),
    changes: draft.changes({ reservation }),
    prices: { [pinned.book.name]: pinned.priceVersionId },
  };
}

export type PricedCandidates = Refusal | { readonly ok: true; readonly candidates: readonly PricedCandidate[] };

/** Each check goes over all candidates before the next check begins, so that the order of checks holds for all of them. */
export function priceCandidates(
  command: Pick<Reserve, 'candidates'>,
  account: Account,
  key: Key,
  context: Context,
): PricedCandidates {
  const found: FoundModel[] = [];
  for (const { model } of command.candidates) {
    const result = findModel(account, model, context.now, context, 'model');
    if (!result.ok) return ofCandidate(found.length, result);
    found.push(result.found);
  }
  const first = found[0]?.pinned.book;
  const stranger = found.findIndex(({ pinned }) => pinned.book !== first);
  if (stranger > 0) {
    return refuse('VALIDATION', `expected a model priced in ${first?.asset}, as the first candidate is`, {
      field: `candidates[${stranger}].model`,
    });
  }
  const notAllowed = firstRefusal(found, ({ model }) => checkModelAllowed(key, model.model, 'model'));
  if (notAllowed) return notAllowed;
  const candidates: PricedCandidate[] = [];
  for (const { model, pinned } of found) {
    const { quantities, dimensions } = command.candidates[candidates.length] as Candidate;
    const result = model.priceWorstCase(quantities, dimensions);
    if (!result.ok) return ofCandidate(candidates.length, result);
    candidates.push({ model, pinned, price: result.price });
  }
  return (
    firstRefusal(found, ({ model }) => checkContentTier(account, key, model, 'model')) ??
    firstRefusal(found, ({ model }) => checkPlan(account, model, context.now, 'model')) ?? { ok: true, candidates }
  );
}

function firstRefusal(
  found: readonly FoundModel[],
  check: (found: FoundModel) => Refusal | undefined,
): Refusal | undefined {
  for (let index = 0; index < found.length; index += 1) {
    const refusal = check(found[index] as FoundModel);
    if (refusal) return ofCandidate(index, refusal);
  }
  return undefined;
}

/** The refusal of one candidate, with its field as a path into the command. */
function ofCandidate(index: number, refusal: Refusal): Refusal {
  return { ...refusal, field: `candidates[${index}].${refusal.field}` };
}

function reservationValue(
  reservation: Reservation,
  candidates: readonly PricedCandidate[],
  draft: Draft,
): ReservationValue {
  const { asset } = reservation;
  const unit = assetOf(asset);
  return {
    type: 'reservation',
    reservationId: reservation.id,
    keyId: reservation.keyId,
    asset,
    hold: formatAmount(reservation.ceiling, unit),
    expiresAt: reservation.expiresAt,
    candidates: candidates.map(({ model, price }) => ({
      model: model.model,
      amount: formatAmount(price.total, unit),
      quantities: price.quantities,
      lines: price.lines,
    })),
    book: candidates[0]?.pinned.book.name ?? '',
    priceVersionId: reservation.priceVersionId,
    holds: shareTexts(asset, reservation.holds),
    available: draft.availableText(asset),
  };
}
