import type { Account, ChargeBooks, Key, Pocket, Reservation } from '../core/ledger/books.js';
import type { JournalRow } from '../core/ledger/carry-out.js';
import type { AccountState } from './state.js';

/** A changed row and where it belongs. */
export interface Placed<T> {
  readonly bucket: number;
  readonly accountId: string;
  readonly row: T;
}

export interface PlacedPocket extends Placed<Pocket> {
  readonly account: AccountState;
  /** Whether more of it may have changed than its balance and what is held of it. */
  readonly whole: boolean;
}

export interface PlacedReservation extends Placed<Reservation> {
  /** True while it is as its Reserve made it, which the journal tells. */
  readonly asReserved: boolean;
}

/** A journal row with its place in its bucket's log. */
export interface PlacedRow {
  readonly bucket: number;
  readonly position: number;
  readonly account: AccountState;
  readonly journal: JournalRow;
}

/**
 * What a batch leaves in the state tables: the last value of each row that it changed, once. A reservation that was
 * opened and ended in the batch leaves nothing.
 */
export class Netted {
  readonly accounts = new Map<string, Placed<Account>>();
  readonly keys = new Map<string, Placed<Key>>();
  readonly newPockets = new Map<string, PlacedPocket>();
  readonly changedPockets = new Map<string, PlacedPocket>();
  readonly newReservations = new Map<string, PlacedReservation>();
  readonly changedReservations = new Map<string, Placed<Reservation>>();
  readonly endedReservations = new Map<string, Placed<string>>();
  readonly charges = new Map<string, Placed<ChargeBooks>>();
  readonly references: Placed<{ reference: string; commandId: string }>[] = [];

  add({ bucket, account, journal }: PlacedRow): void {
    const { accountId } = journal.command;
    const { changes } = journal;
    const place = <T>(row: T): Placed<T> => ({ bucket, accountId, row });
    if (changes.account) this.accounts.set(accountId, place(changes.account));
    if (changes.key) this.keys.set(changes.key.id, place(changes.key));
    for (const row of changes.pockets ?? []) {
      const pockets = account.pocketRows.has(row.id) ? this.changedPockets : this.newPockets;
      // Credit limits change with their account's settings, and a pocket is closed once.
      const whole = row.closed || changes.account !== undefined || pockets.get(row.id)?.whole === true;
      pockets.set(row.id, { bucket, accountId, account, row, whole });
    }
    if (changes.reservation) this.putReservation(place(changes.reservation), journal.command.type === 'Reserve');
    if (changes.ended !== undefined) this.endReservation(accountId, place(changes.ended));
    for (const charge of changes.charges ?? []) this.charges.set(accountId + charge.id, place(charge));
    if (changes.reference) this.references.push(place(changes.reference));
  }

  private putReservation(placed: Placed<Reservation>, asReserved: boolean): void {
    const key = placed.accountId + placed.row.id;
    if (asReserved || this.newReservations.has(key)) this.newReservations.set(key, { ...placed, asReserved });
    else this.changedReservations.set(key, placed);
  }

  private endReservation(accountId: string, placed: Placed<string>): void {
    const key = accountId + placed.row;
    this.changedReservations.delete(key);
    if (!this.newReservations.delete(key)) this.endedReservations.set(key, placed);
  }
}
