import { formatAmount, parseAmount } from '../money/amount.js';
import { assetOf } from '../money/asset.js';
import { checkAccount, checkKey, checkMoney } from './admission.js';
import type { AccountBooks, Reservation } from './books.js';
import type { Extend } from './commands.js';
import type { Context } from './context.js';
import type { Decision } from './decision.js';
import { Draft } from './draft.js';
import { notOpen } from './open-reservation.js';
import { type ExtendedValue, type Refusal, refuse } from './outcome.js';
import { appendShares, sumShares } from './pockets.js';

/** The longest that a hold may live from now on: 7 days. */
export const TTL_MAX_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * Moves the expiry, may raise the hold, and holds again what had expired. Raising and holding again are checked as
 * Reserve checks key, status and money; moving the expiry of a hold that is there is not.
 */
export function extend(command: Extend, books: AccountBooks, context: Context): Decision<ExtendedValue> {
  const reservation = books.reservations.get(command.reservationId);
  if (!reservation) return notOpen(books, command.reservationId);
  const expiresAt =
    command.expiresAt ?? (command.ttlMs === undefined ? reservation.expiresAt : context.now + command.ttlMs);
  if (expiresAt <= context.now || expiresAt > context.now + TTL_MAX_MS) {
    return refuse('VALIDATION', 'expected a moment in the future, within 7 days', { field: 'expires_at_ms' });
  }
  const raised = raisedCeiling(command, reservation, context);
  if (!raised.ok) return raised;

  const draft = new Draft(books, context.now);
  const held = sumShares(reservation.holds);
  const wanted = raised.ceiling - reservation.charged - held;
  const more = wanted > 0n ? wanted : 0n;
  const reheld = reservation.status === 'EXPIRED';
  if (more > 0n || reheld) {
    const refusal = checkAgain(books, reservation, draft, more, context);
    if (refusal) return refusal;
  }
  const holds = appendShares(reservation.holds, draft.hold(reservation.asset, more));
  const extended: Reservation = { ...reservation, status: 'HELD', expiresAt, ceiling: raised.ceiling, holds };
  return {
    ok: true,
    value: {
      type: 'extended',
      reservationId: reservation.id,
      asset: reservation.asset,
      hold: formatAmount(sumShares(holds), assetOf(reservation.asset)),
      expiresAt,
      available: draft.availableText(reservation.asset),
      reheld,
    },
    changes: draft.changes({ reservation: extended }),
  };
}

function checkAgain(
  books: AccountBooks,
  reservation: Reservation,
  draft: Draft,
  more: bigint,
  context: Context,
): Refusal | undefined {
  const keyed = checkKey(books, reservation.keyId, context.now);
  if (!keyed.ok) return keyed;
  const active = checkAccount(books);
  if (!active.ok) return active;
  return checkMoney(draft, reservation.asset, more);
}

/** The larger of what is asked for, in money or in quantities, and what the reservation may charge already. */
function raisedCeiling(
  command: Extend,
  reservation: Reservation,
  context: Context,
): Refusal | { readonly ok: true; readonly ceiling: bigint } {
  let { ceiling } = reservation;
  if (command.holdAmount !== undefined) {
    const parsed = parseAmount(command.holdAmount, assetOf(reservation.asset));
    if (!parsed.ok) return refuse('VALIDATION', `expected ${parsed.expected}`, { field: 'hold_amount' });
    if (parsed.minor > ceiling) ceiling = parsed.minor;
  }
  if (command.quantities === undefined) return { ok: true, ceiling };
  const candidate = reservation.candidates[command.candidate ?? 0];
  if (!candidate)
    return refuse('VALIDATION', `expected a candidate from 0 to ${reservation.candidates.length - 1}`, {
      field: 'candidate',
    });
  const model = context.prices.version(reservation.priceVersionId).book.models.get(candidate.model);
  if (!model) throw new Error(`model ${candidate.model} is missing from version ${reservation.priceVersionId}`);
  const priced = model.priceWorstCase(command.quantities, candidate.dimensions);
  if (!priced.ok) return priced;
  return { ok: true, ceiling: priced.price.total > ceiling ? priced.price.total : ceiling };
}
