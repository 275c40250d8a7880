import type { Dimensions, Quantities } from '../pricing/price.js';
import type { AccountSettings, Candidate, ContentTier, KeyScope, Slot, Tags } from './commands.js';
import type { OutcomeValue } from './outcome.js';

/*
 * The books of one account, as far as a batch needs them. Every object in them is immutable: a change puts a new
 * object in the place of the old one, so that a state can be shared, kept and compared.
 */

export interface Account {
  readonly id: string;
  readonly settings: AccountSettings;
  readonly openedAt: number;
}

export interface Key {
  readonly id: string;
  readonly label: string;
  readonly scope: KeyScope;
  readonly tier: ContentTier;
  readonly models: readonly string[] | null;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  readonly mintedAt: number;
}

export type PocketKind = 'paid' | 'grant' | 'credit';

/** Always: `0 <= held <= balance + creditLimit`; the limit is 0 and the balance at least 0 but for the credit line, whose balance is at most 0. */
export interface Pocket {
  readonly id: string;
  readonly asset: string;
  readonly kind: PocketKind;
  readonly balance: bigint;
  readonly held: bigint;
  readonly creditLimit: bigint;
  readonly expiresAt: number | null;
  readonly priority: number;
  readonly openedAt: number;
  readonly closed: boolean;
}

/** Money of one pocket. */
export interface Share {
  readonly pocketId: string;
  readonly amount: bigint;
}

/** An open reservation: held, or expired and not yet settled or released. */
export interface Reservation {
  readonly id: string;
  readonly keyId: string;
  readonly status: 'HELD' | 'EXPIRED';
  readonly expiresAt: number;
  readonly asset: string;
  readonly priceVersionId: string;
  readonly candidates: readonly Candidate[];
  /** All that may be charged out of holds: what Reserve or Extend asked for. Interim charges count against it. */
  readonly ceiling: bigint;
  /** What is held on which pocket, in burn order. Empty once expired. */
  readonly holds: readonly Share[];
  /** What interim settles have charged, shortfall included, what pockets paid of it, and for what. */
  readonly charged: bigint;
  readonly draws: readonly Share[];
  readonly usage: Quantities;
  readonly dimensions: Dimensions;
  readonly candidate: number;
  readonly cost: bigint;
  readonly tags: Tags;
}

/** A charge with shortfall or refunds: what later funds and refunds must know of it. */
export interface ChargeBooks {
  readonly id: string;
  readonly asset: string;
  readonly openedAt: number;
  /** Shortfall that nobody has paid yet. */
  readonly uncollected: bigint;
  /** What later funds paid of its shortfall, from which pocket. */
  readonly collected: readonly Share[];
  readonly refunded: bigint;
  /** The part of `refunded` that reversed shortfall. */
  readonly reversed: bigint;
}

/** A journal row that a command may turn out to repeat, or to refer to. */
export interface Recorded {
  readonly type: string;
  readonly asked: Readonly<Record<string, unknown>>;
  readonly value: OutcomeValue;
}

/** How far ahead holds are looked for that will be due. */
const SOON_MS = 1_000;

/** What the caller of `decide` has loaded for one account. What is absent from a map is known not to exist. */
export class AccountBooks {
  account: Account | undefined;
  readonly keys = new Map<string, Key>();
  readonly pockets = new Map<string, Pocket>();
  readonly reservations = new Map<string, Reservation>();
  readonly charges = new Map<string, ChargeBooks>();
  readonly references = new Map<string, string>();
  private readonly records: Readonly<Record<Slot, Map<string, Recorded>>> = { cmd: new Map(), end: new Map() };
  /** No hold and no pocket of these books is due before this moment: spares a look before every command. */
  nothingDueBefore = Number.NEGATIVE_INFINITY;
  /** Every hold that expires until `soonUntil`, and some that have ended: not all are looked at whenever one is due. */
  private soon = new Set<string>();
  private soonUntil = Number.NEGATIVE_INFINITY;

  constructor(readonly accountId: string) {}

  recorded(id: string, slot: Slot): Recorded | undefined {
    return this.records[slot].get(id);
  }

  record(id: string, slot: Slot, recorded: Recorded): void {
    this.records[slot].set(id, recorded);
  }

  /** Notes when a hold or a pocket that has come or changed will be due; a hold by its id. */
  noteDue(at: number, reservationId?: string): void {
    if (at < this.nothingDueBefore) this.nothingDueBefore = at;
    if (reservationId !== undefined && at <= this.soonUntil) this.soon.add(reservationId);
  }

  /** The holds that are due at a moment, and the moment before which no other will be. */
  holdsDue(now: number): { readonly due: readonly Reservation[]; readonly next: number } {
    if (now > this.soonUntil) this.lookAhead(now);
    const due: Reservation[] = [];
    let next = Number.POSITIVE_INFINITY;
    for (const id of this.soon) {
      const reservation = this.reservations.get(id);
      if (reservation?.status !== 'HELD' || reservation.expiresAt > this.soonUntil) this.soon.delete(id);
      else if (reservation.expiresAt <= now) due.push(reservation);
      else next = Math.min(next, reservation.expiresAt);
    }
    // Whatever is not in `soon` is due later than that was looked for, if ever.
    return { due, next: this.reservations.size > this.soon.size ? Math.min(next, this.soonUntil + 1) : next };
  }

  private lookAhead(now: number): void {
    this.soonUntil = now + SOON_MS;
    this.soon.clear();
    for (const { id, status, expiresAt } of this.reservations.values())
      if (status === 'HELD' && expiresAt <= this.soonUntil) this.soon.add(id);
  }

  /**
   * Forgets what only the commands of one batch had to know: what was recorded, outside references, and charges under
   * which no reservation is open. What is asked of them later has to be loaded again.
   */
  forgetPast(): void {
    for (const records of [this.records.cmd, this.records.end]) if (records.size > 0) records.clear();
    if (this.references.size > 0) this.references.clear();
    for (const id of this.charges.keys()) if (!this.reservations.has(id)) this.charges.delete(id);
  }
}
