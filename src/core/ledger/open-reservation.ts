import type { AccountBooks } from './books.js';
import { type Refusal, refuse } from './outcome.js';

/** Why a reservation cannot be settled or extended: it has ended, or there is none. */
export function notOpen(books: AccountBooks, reservationId: string): Refusal {
  const end = books.recorded(reservationId, 'end');
  const field = 'reservation_id';
  if (end?.type === 'Release') return refuse('ALREADY_RELEASED', 'the reservation was released', { field });
  if (end) return refuse('ALREADY_SETTLED', 'the reservation is settled', { field });
  return refuse('RESERVATION_NOT_FOUND', 'the account has no reservation with this id', { field });
}
