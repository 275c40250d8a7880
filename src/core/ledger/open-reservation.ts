import type { AccountBooks, Recorded } from './books.js';
import { type Refusal, refuse } from './outcome.js';

/** What ended a reservation: its final settle or its Release, or the Release that came before anybody knew of the id. */
export function endOf(books: AccountBooks, reservationId: string): Recorded | undefined {
  const end = books.recorded(reservationId, 'end');
  if (end) return end;
  const first = books.recorded(reservationId, 'cmd');
  return first?.type === 'Release' ? first : undefined;
}

/** Why a reservation cannot be settled or extended: it has ended, or there is none. */
export function notOpen(books: AccountBooks, reservationId: string): Refusal {
  const end = endOf(books, reservationId);
  const field = 'reservation_id';
  if (end?.type === 'Release') return refuse('ALREADY_RELEASED', 'the reservation was released', { field });
  if (end) return refuse('ALREADY_SETTLED', 'the reservation is settled', { field });
  return refuse('RESERVATION_NOT_FOUND', 'the account has no reservation with this id', { field });
}
