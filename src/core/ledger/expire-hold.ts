import { formatAmount } from '../money/amount.js';
import { assetOf } from '../money/asset.js';
import type { AccountBooks } from './books.js';
import type { ExpireHold } from './commands.js';
import type { Context } from './context.js';
import type { Decided } from './decision.js';
import { Draft } from './draft.js';
import type { ExpiredValue } from './outcome.js';
import { sumShares } from './pockets.js';

/** Frees an overdue hold. The reservation may still be settled late, released, or extended. */
export function expireHold(command: ExpireHold, books: AccountBooks, context: Context): Decided<ExpiredValue> {
  const reservation = books.reservations.get(command.reservationId);
  if (!reservation) throw new Error(`reservation ${command.reservationId} expires but is not open`);
  const draft = new Draft(books, context.now);
  draft.free(reservation.holds);
  const amount = formatAmount(sumShares(reservation.holds), assetOf(reservation.asset));
  return {
    ok: true,
    value: { type: 'expired', reservationId: reservation.id, asset: reservation.asset, amount },
    changes: draft.changes({ reservation: { ...reservation, status: 'EXPIRED', holds: [] } }),
  };
}
