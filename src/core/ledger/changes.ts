import type { Account, AccountBooks, ChargeBooks, Key, Pocket, Reservation } from './books.js';
import type { Transfer } from './transfer.js';

/** What a command changes: absolute new states, and the transfers that explain every change of a balance. */
export interface Changes {
  readonly transfers: readonly Transfer[];
  readonly account?: Account;
  readonly key?: Key;
  readonly pockets?: readonly Pocket[];
  readonly reservation?: Reservation;
  /** The reservation that is final now, and needs no row any more. */
  readonly ended?: string;
  readonly charges?: readonly ChargeBooks[];
  readonly reference?: { readonly reference: string; readonly commandId: string };
}

/** Puts the changes into the books. */
export function applyChanges(books: AccountBooks, changes: Changes): void {
  if (changes.account) books.account = changes.account;
  if (changes.key) books.keys.set(changes.key.id, changes.key);
  for (const pocket of changes.pockets ?? []) {
    books.pockets.set(pocket.id, pocket);
    if (pocket.expiresAt !== null && !pocket.closed) books.noteDue(pocket.expiresAt);
  }
  if (changes.reservation) {
    books.reservations.set(changes.reservation.id, changes.reservation);
    if (changes.reservation.status === 'HELD') books.noteDue(changes.reservation.expiresAt, changes.reservation.id);
  }
  if (changes.ended !== undefined) books.reservations.delete(changes.ended);
  for (const charge of changes.charges ?? []) books.charges.set(charge.id, charge);
  if (changes.reference) books.references.set(changes.reference.reference, changes.reference.commandId);
}
