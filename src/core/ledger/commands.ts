import type { Dimensions, Quantities } from '../pricing/price.js';
import type { OutcomeValue } from './outcome.js';

/**
 * Commands are plain JSON in canonical form: amounts and quantities as shortest decimal strings, ids as lower-case
 * UUIDs, moments as milliseconds since 1970, optional fields absent when not given. What a command holds besides
 * `type`, `id` and `accountId` is its content: the journal keeps it, and a replay is compared with it.
 */
interface CommandOf<T extends string> {
  readonly type: T;
  /** The caller's UUIDv7: the idempotency key. For what ends a reservation it is the reservation's id. */
  readonly id: string;
  readonly accountId: string;
}

export type AccountStatus = 'ACTIVE' | 'SUSPENDED' | 'CLOSED';

export interface AccountSettings {
  readonly name: string;
  readonly status: AccountStatus;
  /** The subscription that `plans` of a model are matched with; null for none. */
  readonly plan: string | null;
  readonly planUntil: number | null;
  readonly ageVerified: boolean;
  /** True where the account carries age assurance for its own customers by agreement (a reseller). */
  readonly complianceByAgreement: boolean;
  /** The price book for each asset, by asset code. */
  readonly books: Readonly<Record<string, string>>;
  /** How far below zero the account may go, by asset code. Absent is none. */
  readonly creditLimits: Readonly<Record<string, string>>;
  /** An IANA time zone, for statements. */
  readonly timeZone: string;
  /** Whether a Fund also pays shortfall that earlier usage left behind. */
  readonly collectShortfall: boolean;
}

export interface OpenAccount extends CommandOf<'OpenAccount'> {
  readonly settings: AccountSettings;
}

export interface UpdateAccount extends CommandOf<'UpdateAccount'> {
  readonly set: Partial<AccountSettings>;
}

export type KeyScope = 'inference' | 'admin';
export type ContentTier = 'sfw' | 'uncensored';

export interface MintKey extends CommandOf<'MintKey'> {
  readonly label: string;
  readonly scope: KeyScope;
  readonly tier: ContentTier;
  /** The only models that the key may use; null for all. */
  readonly models: readonly string[] | null;
  readonly expiresAt: number | null;
}

export interface UpdateKey extends CommandOf<'UpdateKey'> {
  readonly keyId: string;
  readonly set: Partial<Pick<MintKey, 'label' | 'tier' | 'models' | 'expiresAt'>>;
}

export interface RevokeKey extends CommandOf<'RevokeKey'> {
  readonly keyId: string;
}

export interface Fund extends CommandOf<'Fund'> {
  readonly asset: string;
  readonly amount: string;
  /** The outside identity of the payment (a bank's, a deposit's), claimed for this account before the command. */
  readonly reference: string;
}

export interface Grant extends CommandOf<'Grant'> {
  readonly asset: string;
  readonly amount: string;
  readonly expiresAt: number | null;
  /** Among pockets that expire at the same time, the lower is drawn first. */
  readonly priority: number;
  readonly reason: string;
}

export interface Adjust extends CommandOf<'Adjust'> {
  readonly asset: string;
  /** Signed: `"-1.5"` takes from the pocket. */
  readonly amount: string;
  readonly reason: string;
  /** The pocket to change; absent means the account's paid pocket of the asset. */
  readonly pocketId?: string;
}

export interface Candidate {
  readonly model: string;
  readonly quantities: Quantities;
  readonly dimensions: Dimensions;
}

export type Tags = Readonly<Record<string, string>>;

export interface Reserve extends CommandOf<'Reserve'> {
  readonly keyId: string;
  readonly candidates: readonly Candidate[];
  readonly ttlMs: number;
  readonly tags?: Tags;
}

export interface Settle extends CommandOf<'Settle'> {
  readonly reservationId: string;
  /** False for an interim settle, which has an id of its own and keeps the rest held. */
  readonly final: boolean;
  /** Which of the reservation's candidates was used. */
  readonly candidate: number;
  /** Cumulative: all that was used so far under this reservation. */
  readonly usage: Quantities;
  /** Dimensions that turned out otherwise than reserved. */
  readonly dimensions?: Dimensions;
  /** What upstream charged, in the book's asset. Recorded for margin, never charged. */
  readonly cost?: string;
  readonly estimated?: boolean;
  readonly tags?: Tags;
}

export interface Release extends CommandOf<'Release'> {
  readonly reservationId: string;
}

export interface Extend extends CommandOf<'Extend'> {
  readonly reservationId: string;
  /** The new expiry; absolute, or counted from now. At most one of the two. */
  readonly expiresAt?: number;
  readonly ttlMs?: number;
  /** The hold to raise to; less than the present hold is no change. */
  readonly holdAmount?: string;
  /** Quantities to raise the hold to, priced for `candidate` (the first unless said) under the pinned version. */
  readonly candidate?: number;
  readonly quantities?: Quantities;
}

export interface Charge extends CommandOf<'Charge'> {
  readonly keyId: string;
  readonly model: string;
  readonly usage: Quantities;
  readonly dimensions: Dimensions;
  /** True for usage that already happened: refused only for an unknown key or model. */
  readonly incurred: boolean;
  /** When it happened; it selects the price version of an incurred charge. */
  readonly occurredAt?: number;
  readonly cost?: string;
  readonly estimated?: boolean;
  readonly tags?: Tags;
}

export interface Refund extends CommandOf<'Refund'> {
  /** The id of the charge, or of the reservation that was settled. */
  readonly chargeId: string;
  /** Absent: all that is left of it. */
  readonly amount?: string;
  readonly reason: string;
}

/** Carries out what is due on the account and nothing else; it has no journal row of its own. */
export interface Expire extends CommandOf<'Expire'> {}

/** What is due, as rows of their own. Made by the core; no caller sends them. */
export interface ExpireHold extends CommandOf<'ExpireHold'> {
  readonly reservationId: string;
}
export interface ExpirePocket extends CommandOf<'ExpirePocket'> {
  readonly pocketId: string;
}

/** What a caller may submit. */
export type Command =
  | OpenAccount
  | UpdateAccount
  | MintKey
  | UpdateKey
  | RevokeKey
  | Fund
  | Grant
  | Adjust
  | Reserve
  | Settle
  | Release
  | Extend
  | Charge
  | Refund
  | Expire;

export type DueCommand = ExpireHold | ExpirePocket;

/** What has a journal row. */
export type JournaledCommand = Exclude<Command, Expire> | DueCommand;

export type Slot = 'cmd' | 'end';

/** `end` for what is to end a reservation, so that a reservation has one end; `cmd` for all else. */
export function slotOf(command: JournaledCommand): Slot {
  return command.type === 'Release' || (command.type === 'Settle' && command.final) ? 'end' : 'cmd';
}

/**
 * The slot that a command's journal row has, which its outcome decides: a Release of an id that nobody knows ends no
 * reservation. It takes the id itself, so that a Reserve or a Charge with this id finds its own slot taken.
 */
export function slotOfRow(command: JournaledCommand, value: OutcomeValue): Slot {
  return value.type === 'released' && value.unknown ? 'cmd' : slotOf(command);
}
