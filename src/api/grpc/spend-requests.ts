import type { AccountNamed, KeyNamed } from '../owners.js';

/*
 * The requests of SpendService as they are decoded: what the sender left out, or left at its default, is absent.
 * Their fields are documented in proto/tollgate/v1/spend.proto.
 */

export type Texts = Readonly<Record<string, string>>;

export interface CandidateMessage {
  readonly model?: string;
  readonly quantities?: Texts;
  readonly dimensions?: Texts;
}

export interface QuoteRequest extends AccountNamed {
  readonly book?: string;
  readonly candidates?: readonly CandidateMessage[];
}

export interface ReserveRequest extends KeyNamed {
  readonly id?: string;
  readonly candidates?: readonly CandidateMessage[];
  readonly ttlMs?: number;
  readonly tags?: Texts;
}

export interface SettleRequest extends AccountNamed {
  readonly reservationId?: string;
  readonly interim?: boolean;
  readonly id?: string;
  readonly candidate?: number;
  readonly usage?: Texts;
  readonly dimensions?: Texts;
  readonly cost?: string;
  readonly estimated?: boolean;
  readonly tags?: Texts;
}

export interface ReleaseRequest extends AccountNamed {
  readonly reservationId?: string;
}

export interface ExtendRequest extends AccountNamed {
  readonly id?: string;
  readonly reservationId?: string;
  readonly expiresAtMs?: number;
  readonly ttlMs?: number;
  readonly holdAmount?: string;
  readonly quantities?: Texts;
  readonly candidate?: number;
}

export interface ChargeRequest extends KeyNamed {
  readonly id?: string;
  readonly model?: string;
  readonly usage?: Texts;
  readonly dimensions?: Texts;
  readonly incurred?: boolean;
  readonly occurredAtMs?: number;
  readonly cost?: string;
  readonly estimated?: boolean;
  readonly tags?: Texts;
}

export interface RefundRequest extends AccountNamed {
  readonly id?: string;
  readonly chargeId?: string;
  readonly amount?: string;
  readonly reason?: string;
}

export interface GetReservationRequest extends AccountNamed {
  readonly reservationId?: string;
}

/** The commands that a stream may carry, by the name of their field in PipelineCommand. */
export interface SpendRequests {
  readonly reserve: ReserveRequest;
  readonly settle: SettleRequest;
  readonly release: ReleaseRequest;
  readonly extend: ExtendRequest;
  readonly charge: ChargeRequest;
  readonly refund: RefundRequest;
}

export type SpendKind = keyof SpendRequests;

/** One command of a stream. `command` names the field that is set; a quote is asked for likewise, and changes nothing. */
export type PipelineCommand = Partial<SpendRequests> & {
  readonly correlation?: number;
  readonly deadlineMs?: number;
  readonly quote?: QuoteRequest;
  readonly command?: SpendKind | 'quote';
};

export interface PipelineRequest {
  readonly commands?: readonly PipelineCommand[];
}
