/*
 * What the service answers. Amounts and quantities are decimal strings, moments milliseconds since 1970. `replayed` is
 * true where the command had been carried out before, and this is its first outcome.
 */

export interface PriceLine {
  readonly meter: string;
  readonly quantity: string;
  /** The rate: this amount for every `per` of the meter. */
  readonly price: string;
  readonly per: string;
  readonly amount: string;
}

/** A candidate with the price of its worst case. */
export interface PricedCandidate {
  readonly model: string;
  readonly amount: string;
  /** The quantities that it was priced for, defaults included: the gateway's cap. */
  readonly quantities: Readonly<Record<string, string>>;
  readonly lines: readonly PriceLine[];
}

/** Money of one pocket. */
export interface PocketShare {
  readonly pocketId: string;
  readonly amount: string;
}

export interface Quoted {
  /** Empty where neither key nor account was given. */
  readonly accountId: string;
  readonly asset: string;
  readonly book: string;
  readonly priceVersionId: string;
  readonly candidates: readonly PricedCandidate[];
  /** What a reserve would hold. */
  readonly required: string;
  /** With an account: what it may spend, what is held of it, and whether that is enough. */
  readonly available?: string;
  readonly held?: string;
  readonly sufficient?: boolean;
}

/** HELD: money is held. EXPIRED: nothing is held, it may still be settled. SETTLED and RELEASED are final. */
export type ReservationStatus = 'HELD' | 'EXPIRED' | 'SETTLED' | 'RELEASED';

export interface Reserved {
  readonly reservationId: string;
  readonly accountId: string;
  readonly keyId: string;
  readonly status: ReservationStatus;
  readonly asset: string;
  readonly hold: string;
  readonly expiresAtMs: number;
  readonly candidates: readonly PricedCandidate[];
  readonly book: string;
  readonly priceVersionId: string;
  readonly holds: readonly PocketShare[];
  readonly available: string;
  readonly replayed: boolean;
}

/** What a settle or a charge charged. */
export interface Charged {
  /** The reservation's id, or the charge's. A refund names it. */
  readonly chargeId: string;
  readonly accountId: string;
  readonly keyId: string;
  readonly model: string;
  readonly asset: string;
  /** False for an interim settle. */
  readonly final: boolean;
  /** True where the reservation had expired before. */
  readonly late: boolean;
  readonly estimated: boolean;
  /** By how much this command changed what is charged: below "0" where a final settle gave some back. */
  readonly amount: string;
  /** All that is charged under the id so far. */
  readonly total: string;
  /** By how much this command changed the part that nobody could pay. */
  readonly shortfall: string;
  readonly lines: readonly PriceLine[];
  /** Meters that were used and have no rate. */
  readonly unpriced: readonly string[];
  readonly usage: Readonly<Record<string, string>>;
  readonly draws: readonly PocketShare[];
  readonly cost?: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly priceVersionId: string;
  readonly occurredAtMs: number;
  readonly available: string;
  readonly replayed: boolean;
}

export interface Released {
  readonly reservationId: string;
  readonly accountId: string;
  readonly keyId: string;
  readonly asset: string;
  /** What was held until now and is free again. */
  readonly freed: string;
  /** What interim settles had charged: it stays charged. */
  readonly total: string;
  /** True where nothing was known of the reservation: it can no longer be made. */
  readonly unknown: boolean;
  readonly replayed: boolean;
}

export interface Extended {
  readonly reservationId: string;
  readonly accountId: string;
  readonly asset: string;
  readonly hold: string;
  readonly expiresAtMs: number;
  readonly available: string;
  /** True where the reservation had expired and holds again. */
  readonly reheld: boolean;
  readonly replayed: boolean;
}

export interface Refunded {
  readonly chargeId: string;
  readonly accountId: string;
  readonly asset: string;
  readonly amount: string;
  readonly shortfallReversed: string;
  readonly returned: readonly PocketShare[];
  readonly refundedTotal: string;
  readonly replayed: boolean;
}
