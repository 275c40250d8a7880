/*
 * What the client is asked for. Amounts and quantities are decimal strings, such as "0.42": never numbers. Moments are
 * milliseconds since 1970-01-01T00:00:00Z. Ids are UUIDs; where one is optional, `newId()` makes it. A request must not
 * be changed after it was handed over: it may be sent more than once.
 */

/** Quantities by meter (`input_tokens`, `images`, ...), or words by name. */
export type Texts = Readonly<Record<string, string>>;

/** How a call is made, besides what it asks for. */
export interface CallOptions {
  /** How long an answer is waited for, in milliseconds. Default: the client's `deadlineMs`. */
  readonly deadlineMs?: number;
  /** Ends the waiting: the promise rejects with `Aborted`. */
  readonly signal?: AbortSignal;
}

/** The customer's key: its secret, or its id. Exactly one of the two. */
export interface KeyNamed {
  readonly key?: string;
  readonly keyId?: string;
}

/** The account: its id, or a key of it in its place. Exactly one of the three. */
export interface AccountNamed extends KeyNamed {
  readonly accountId?: string;
}

/** A model that a request may use, and how much of it. */
export interface Candidate {
  readonly model: string;
  /** How much at most, by meter: at least one of the model's. */
  readonly quantities?: Texts;
  /** What selects a rate but is not counted: `resolution`, ... */
  readonly dimensions?: Texts;
}

export interface QuoteRequest extends AccountNamed {
  /** A price book's name, where neither key nor account is given. Default: the book of new accounts. */
  readonly book?: string;
  /** 1 to 8. */
  readonly candidates: readonly Candidate[];
}

export interface ReserveRequest extends KeyNamed {
  /** The reservation's id. Default: a new one. */
  readonly id?: string;
  /** 1 to 8; the dearest is held. */
  readonly candidates: readonly Candidate[];
  /** How long the money is held, in milliseconds: 1 000 to 604 800 000. Default: 600 000. */
  readonly ttlMs?: number;
  /** Words that usage records keep. */
  readonly tags?: Texts;
}

/** What a settle tells besides the usage. */
export interface SettleDetails {
  /** Charges what was used so far and keeps the rest held. */
  readonly interim?: boolean;
  /** The id of an interim settle. Default: a new one. A final settle has the reservation's. */
  readonly id?: string;
  /** Which of the reservation's candidates was used, counted from 0. Default: 0. */
  readonly candidate?: number;
  /** Dimensions that turned out otherwise than reserved. */
  readonly dimensions?: Texts;
  /** What upstream charged for all of it so far. Recorded for margin, never charged. */
  readonly cost?: string;
  /** True where the usage is an estimate. */
  readonly estimated?: boolean;
  /** Words to add to the reservation's. */
  readonly tags?: Texts;
}

export interface SettleRequest extends AccountNamed, SettleDetails {
  readonly reservationId: string;
  /** All that was used so far under the reservation, by meter. */
  readonly usage: Texts;
}

export interface ReleaseRequest extends AccountNamed {
  readonly reservationId: string;
}

/** What an extend changes. */
export interface ExtendDetails {
  /** The command's id. Default: a new one. */
  readonly id?: string;
  /** The new expiry as a moment, or in milliseconds from now. At most one of the two. */
  readonly expiresAtMs?: number;
  readonly ttlMs?: number;
  /** What the hold shall be raised to. */
  readonly holdAmount?: string;
  /** Quantities whose worst-case price the hold shall be raised to, for `candidate`. */
  readonly quantities?: Texts;
  /** Which candidate `quantities` are of, counted from 0. */
  readonly candidate?: number;
}

export interface ExtendRequest extends AccountNamed, ExtendDetails {
  readonly reservationId: string;
}

export interface ChargeRequest extends KeyNamed {
  /** The charge's id. Default: a new one. */
  readonly id?: string;
  readonly model: string;
  /** What was used, by meter. */
  readonly usage: Texts;
  readonly dimensions?: Texts;
  /** True for usage that already happened: it is not refused for want of money. */
  readonly incurred?: boolean;
  /** When it happened, as a moment. Default: now. */
  readonly occurredAtMs?: number;
  /** What upstream charged. Recorded for margin, never charged. */
  readonly cost?: string;
  readonly estimated?: boolean;
  readonly tags?: Texts;
}

export interface RefundRequest extends AccountNamed {
  /** The refund's id. Default: a new one. */
  readonly id?: string;
  /** The id of the charge, or of the reservation that was settled. */
  readonly chargeId: string;
  /** How much, above "0". Default: all that is left of the charge. */
  readonly amount?: string;
  /** Why, for the books. */
  readonly reason: string;
}

/** Every request by its kind. */
export interface Requests {
  readonly quote: QuoteRequest;
  readonly reserve: ReserveRequest;
  readonly settle: SettleRequest;
  readonly release: ReleaseRequest;
  readonly extend: ExtendRequest;
  readonly charge: ChargeRequest;
  readonly refund: RefundRequest;
}

export type Kind = keyof Requests;

/** A settle, a release or an incurred charge that the client gave up. Sending it again later, as it is, is safe. */
export type UnsentCommand =
  | { readonly kind: 'settle'; readonly request: SettleRequest }
  | { readonly kind: 'release'; readonly request: ReleaseRequest }
  | { readonly kind: 'charge'; readonly request: ChargeRequest };
