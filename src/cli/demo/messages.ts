import type { Quantities } from './own-prices.js';

/*
 * The messages of proto/tollgate/v1 that the demo sends and reads, as they come out of the proto loader: names in camel
 * case, 64-bit numbers as numbers, absent fields absent.
 */

type Texts = Readonly<Record<string, string>>;

export interface Candidate {
  readonly model: string;
  readonly quantities: Quantities;
  readonly dimensions?: Texts;
}

export interface PocketShare {
  readonly pocketId: string;
  readonly amount: string;
}

/** Whose account: its id, or a key of it in its place. */
interface Owned {
  readonly accountId?: string;
  readonly key?: string;
  readonly keyId?: string;
}

/** What may be sent over the pipeline, by the name of the command. */
export interface SpendRequests {
  readonly reserve: {
    readonly id: string;
    readonly key?: string;
    readonly keyId?: string;
    readonly candidates: readonly Candidate[];
    readonly ttlMs?: number;
    readonly tags?: Texts;
  };
  readonly settle: Owned & {
    readonly reservationId: string;
    readonly interim?: boolean;
    readonly id?: string;
    readonly candidate?: number;
    readonly usage: Quantities;
    readonly cost?: string;
    readonly estimated?: boolean;
    readonly tags?: Texts;
  };
  readonly release: Owned & { readonly reservationId: string };
  readonly extend: Owned & {
    readonly id: string;
    readonly reservationId: string;
    readonly ttlMs?: number;
    readonly holdAmount?: string;
    readonly quantities?: Quantities;
    readonly candidate?: number;
  };
  readonly charge: {
    readonly id: string;
    readonly key?: string;
    readonly keyId?: string;
    readonly model: string;
    readonly usage: Quantities;
    readonly incurred?: boolean;
    readonly cost?: string;
    readonly estimated?: boolean;
    readonly tags?: Texts;
  };
  readonly refund: Owned & {
    readonly id: string;
    readonly chargeId: string;
    readonly amount?: string;
    readonly reason: string;
  };
}

export interface Reserved {
  readonly reservationId: string;
  readonly accountId: string;
  readonly keyId: string;
  readonly status: string;
  readonly asset: string;
  readonly hold: string;
  readonly expiresAtMs: number;
  readonly candidates: readonly { readonly model: string; readonly amount: string }[];
  readonly available: string;
  readonly replayed?: boolean;
}

export interface Charged {
  readonly chargeId: string;
  readonly accountId: string;
  readonly keyId: string;
  readonly model: string;
  readonly asset: string;
  readonly final?: boolean;
  readonly late?: boolean;
  readonly amount: string;
  readonly total: string;
  readonly shortfall: string;
  readonly unpriced?: readonly string[];
  readonly usage?: Quantities;
  readonly draws?: readonly PocketShare[];
  readonly cost?: string;
  readonly available: string;
}

export interface Settled {
  readonly charged: Charged;
  readonly replayed?: boolean;
}

export interface Released {
  readonly reservationId: string;
  readonly accountId: string;
  readonly freed: string;
  readonly total: string;
  readonly unknown?: boolean;
  readonly replayed?: boolean;
}

export interface Extended {
  readonly reservationId: string;
  readonly accountId: string;
  readonly hold: string;
  readonly expiresAtMs: number;
  readonly available: string;
  readonly reheld?: boolean;
}

export interface Refunded {
  readonly chargeId: string;
  readonly accountId: string;
  readonly amount: string;
  readonly shortfallReversed: string;
  readonly returned?: readonly PocketShare[];
  readonly refundedTotal: string;
}

/** What the commands of the pipeline answer. */
export interface SpendAnswers {
  readonly reserve: Reserved;
  readonly settle: Settled;
  readonly release: Released;
  readonly extend: Extended;
  readonly charge: Settled;
  readonly refund: Refunded;
}

export type SpendKind = keyof SpendRequests;

export interface Booked {
  readonly accountId: string;
  readonly amount: string;
  readonly pocketId: string;
  readonly creditRepaid?: string;
  readonly shortfallPaid?: string;
}

export interface Key {
  readonly id: string;
  readonly accountId: string;
  readonly label?: string;
}

export interface AssetBalance {
  readonly asset: string;
  readonly available: string;
  readonly held: string;
  readonly balance: string;
  readonly creditLimit?: string;
  readonly creditDrawn?: string;
  readonly shortfall: string;
}

export interface StatementLine {
  readonly atMs: number;
  readonly commandId: string;
  readonly commandType: string;
  readonly kind: string;
  readonly asset: string;
  readonly amount: string;
  readonly balance: string;
  readonly model?: string;
  readonly note?: string;
}

export interface StatementBalances {
  readonly byAsset?: Texts;
  readonly totals?: readonly {
    readonly asset: string;
    readonly kind: string;
    readonly amount: string;
    readonly count: number;
  }[];
}

export interface StatementPart {
  readonly opening?: StatementBalances;
  readonly line?: StatementLine;
  readonly closing?: StatementBalances;
}

export interface UsageRow {
  readonly keyId?: string;
  readonly model?: string;
  readonly asset: string;
  readonly requests: number;
  readonly usage?: Quantities;
  readonly amount: string;
  readonly refunded: string;
  readonly cost?: string;
  readonly shortfall?: string;
  readonly late?: number;
  readonly unpriced?: number;
}

export interface TrialBalanceRow {
  readonly account: string;
  readonly asset: string;
  readonly debits: string;
  readonly credits: string;
  readonly balance: string;
}

export interface VerifyPart {
  readonly progress?: { readonly step: string; readonly done: number; readonly total: number };
  readonly finding?: { readonly rule: string; readonly message: string; readonly at?: Texts };
  readonly summary?: {
    readonly ok?: boolean;
    readonly findings?: number;
    readonly checked?: Readonly<Record<string, number>>;
    readonly elapsedMs?: number;
  };
}

/** Why a command was not carried out. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly field?: string;
  readonly details?: Texts;
}

export type Reply<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };
