import { formatAmount } from '../money/amount.js';
import { assetOf } from '../money/asset.js';
import type { AccountBooks } from './books.js';
import type { Release } from './commands.js';
import type { Context } from './context.js';
import type { Decision } from './decision.js';
import { Draft, shareTexts } from './draft.js';
import { type ReleasedValue, refuse } from './outcome.js';
import { sumShares } from './pockets.js';

/**
 * Frees all that is held and ends the reservation; what interim settles charged stays charged. An id that nobody
 * knows it takes for itself, so that a Reserve which it overtook cannot come to life later.
 */
export function release(command: Release, books: AccountBooks, context: Context): Decision<ReleasedValue> {
  if (!books.account) return refuse('ACCOUNT_NOT_FOUND', 'no account has this id', { field: 'account_id' });
  const reservation = books.reservations.get(command.reservationId);
  if (!reservation) {
    const known = books.recorded(command.reservationId, 'cmd');
    if (known) {
      return refuse('RESERVATION_NOT_FOUND', `the id is that of a ${known.type} command, not of a reservation`, {
        field: 'reservation_id',
      });
    }
    return { ok: true, value: unknownReleased(command.reservationId), changes: { transfers: [] } };
  }
  const { asset } = reservation;
  const unit = assetOf(asset);
  const draft = new Draft(books, context.now);
  draft.free(reservation.holds);
  return {
    ok: true,
    value: {
      type: 'released',
      reservationId: reservation.id,
      keyId: reservation.keyId,
      asset,
      freed: formatAmount(sumShares(reservation.holds), unit),
      total: formatAmount(reservation.charged, unit),
      draws: shareTexts(asset, reservation.draws),
      model: reservation.candidates[reservation.candidate]?.model ?? null,
      unknown: false,
    },
    changes: draft.changes({ ended: reservation.id }),
  };
}

function unknownReleased(reservationId: string): ReleasedValue {
  return {
    type: 'released',
    reservationId,
    keyId: null,
    asset: null,
    freed: '0',
    total: '0',
    draws: [],
    model: null,
    unknown: true,
  };
}
