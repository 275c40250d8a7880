import type { PriceLine, Quantities } from '../pricing/price.js';
import type { AccountSettings, ContentTier, KeyScope } from './commands.js';

/** Every reason for which a command is not carried out. Stable: gateways branch on them. */
export type RefusalCode =
  | 'VALIDATION'
  | 'AUTHENTICATION_FAILED'
  | 'ACCOUNT_NOT_FOUND'
  | 'ACCOUNT_EXISTS'
  | 'ACCOUNT_SUSPENDED'
  | 'ACCOUNT_CLOSED'
  | 'KEY_NOT_FOUND'
  | 'INVALID_MODEL'
  | 'MODEL_NOT_ALLOWED'
  | 'UNPRICED'
  | 'CONTENT_TIER_FORBIDDEN'
  | 'AGE_VERIFICATION_REQUIRED'
  | 'SUBSCRIPTION_REQUIRED'
  | 'RATE_LIMITED'
  | 'CONCURRENCY_LIMITED'
  | 'BUDGET_EXCEEDED'
  | 'INSUFFICIENT_BALANCE'
  | 'RESERVATION_NOT_FOUND'
  | 'RESERVATION_OPEN'
  | 'ALREADY_SETTLED'
  | 'ALREADY_RELEASED'
  | 'CHARGE_NOT_FOUND'
  | 'REFUND_EXCEEDS_CHARGE'
  | 'POCKET_NOT_FOUND'
  | 'CREDIT_LIMIT_IN_USE'
  | 'REFERENCE_TAKEN'
  | 'ID_CONFLICT'
  | 'ID_TOO_OLD'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'DEADLINE_EXCEEDED'
  | 'UNAVAILABLE'
  | 'OUTCOME_UNKNOWN'
  | 'INTERNAL';

export interface Refusal {
  readonly ok: false;
  readonly code: RefusalCode;
  /** For a person; may change. */
  readonly message: string;
  /** The field that is wrong, as a path into the command: `candidates[0].quantities.output_tokens`. */
  readonly field?: string;
  /** Allowed values of the field, where there are few. */
  readonly allowed?: readonly string[];
  /** Numbers that go with the code, all strings: `{ reason, required, available, held, asset }`. */
  readonly details?: Readonly<Record<string, string>>;
  readonly retryAfterMs?: number;
}

export function refuse(
  code: RefusalCode,
  message: string,
  more: Omit<Refusal, 'ok' | 'code' | 'message'> = {},
): Refusal {
  return { ok: false, code, message, ...more };
}

/** Money drawn from, or held on, one pocket. */
export interface PocketShare {
  readonly pocketId: string;
  readonly amount: string;
}

export type ReservationStatus = 'HELD' | 'EXPIRED' | 'SETTLED' | 'RELEASED';

/** Outcome values are plain JSON, journaled as they are: amounts are decimal strings, moments milliseconds. */
export interface AccountValue {
  readonly type: 'account';
  readonly accountId: string;
  readonly settings: AccountSettings;
}

export interface KeyValue {
  readonly type: 'key';
  readonly keyId: string;
  readonly label: string;
  readonly scope: KeyScope;
  readonly tier: ContentTier;
  readonly models: readonly string[] | null;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
}

/** Fund, Grant and Adjust: what was booked where. */
export interface BookedValue {
  readonly type: 'booked';
  readonly asset: string;
  readonly amount: string;
  readonly pocketId: string;
  readonly balance: string;
  /** Fund only: how much of it repaid the credit line, and how much paid shortfall. */
  readonly creditRepaid?: string;
  readonly shortfallPaid?: string;
}

export interface HeldCandidate {
  readonly model: string;
  readonly amount: string;
  readonly quantities: Quantities;
  readonly lines: readonly PriceLine[];
}

export interface ReservationValue {
  readonly type: 'reservation';
  readonly reservationId: string;
  readonly keyId: string;
  readonly asset: string;
  readonly hold: string;
  readonly expiresAt: number;
  readonly candidates: readonly HeldCandidate[];
  readonly book: string;
  readonly priceVersionId: string;
  readonly holds: readonly PocketShare[];
  /** What the account may still spend in that asset after this hold, the credit line included. */
  readonly available: string;
}

export interface ExtendedValue {
  readonly type: 'extended';
  readonly reservationId: string;
  readonly asset: string;
  readonly hold: string;
  readonly expiresAt: number;
  readonly available: string;
  readonly reheld: boolean;
}

/** Settle and Charge. */
export interface ChargedValue {
  readonly type: 'charged';
  readonly chargeId: string;
  readonly keyId: string;
  readonly model: string;
  readonly asset: string;
  readonly final: boolean;
  readonly late: boolean;
  readonly estimated: boolean;
  /** By how much this command changed what is charged: negative where a final settle gave some back. */
  readonly amount: string;
  /** All that is charged under this id so far, uncollected shortfall included. */
  readonly total: string;
  /** By how much this command changed the shortfall that nobody has paid: negative where it reversed some. */
  readonly shortfall: string;
  readonly lines: readonly PriceLine[];
  readonly unpriced: readonly string[];
  /** All usage under this id so far, and what this command added to it (may be negative in a final settle). */
  readonly usage: Quantities;
  readonly usageDelta: Quantities;
  /** What pockets paid under this id, in the order drawn: what a refund gives back, latest first. */
  readonly draws: readonly PocketShare[];
  readonly cost?: string;
  readonly costDelta?: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly priceVersionId: string;
  readonly occurredAt: number;
  readonly available: string;
}

export interface ReleasedValue {
  readonly type: 'released';
  readonly reservationId: string;
  readonly keyId: string | null;
  readonly asset: string | null;
  readonly freed: string;
  /** What interim settles had charged, and which pockets paid it. */
  readonly total: string;
  readonly draws: readonly PocketShare[];
  readonly model: string | null;
  /** True when nothing was known of the reservation: it can no longer be made. */
  readonly unknown: boolean;
}

export interface RefundedValue {
  readonly type: 'refunded';
  readonly chargeId: string;
  readonly keyId: string | null;
  readonly model: string | null;
  readonly asset: string;
  readonly amount: string;
  /** The part that reversed uncollected shortfall, which no pocket had paid. */
  readonly shortfallReversed: string;
  readonly returned: readonly PocketShare[];
  readonly refundedTotal: string;
}

/** What was due: a hold or a pocket that expired. */
export interface ExpiredValue {
  readonly type: 'expired';
  readonly reservationId?: string;
  readonly pocketId?: string;
  readonly asset: string;
  readonly amount: string;
}

/** Expire: how many things were due. */
export interface SweptValue {
  readonly type: 'swept';
  readonly due: number;
}

export type OutcomeValue =
  | AccountValue
  | KeyValue
  | BookedValue
  | ReservationValue
  | ExtendedValue
  | ChargedValue
  | ReleasedValue
  | RefundedValue
  | ExpiredValue
  | SweptValue;

export interface Accepted<T extends OutcomeValue = OutcomeValue> {
  readonly ok: true;
  readonly value: T;
  /** True when the command had been carried out before, and this is its first outcome. */
  readonly replayed: boolean;
  /** Reserve, and its replays: what the reservation is now. */
  readonly reservation?: ReservationStatus;
}

export type Outcome<T extends OutcomeValue = OutcomeValue> = Accepted<T> | Refusal;
