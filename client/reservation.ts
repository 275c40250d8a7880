import type {
  Charged,
  Extended,
  PocketShare,
  PricedCandidate,
  Released,
  ReservationStatus,
  Reserved,
} from './answers.js';
import { Aborted, DeadlineExceeded } from './errors.js';
import type {
  AccountNamed,
  CallOptions,
  ExtendDetails,
  ExtendRequest,
  ReleaseRequest,
  SettleDetails,
  SettleRequest,
  Texts,
} from './requests.js';

/** What a reservation needs of the client that made it. */
export interface Spending {
  settle(request: SettleRequest, options?: CallOptions): Promise<Charged>;
  release(request: ReleaseRequest, options?: CallOptions): Promise<Released>;
  extend(request: ExtendRequest, options?: CallOptions): Promise<Extended>;
}

/**
 * Money that is held for one request of a customer: settle it with what was used, or release it. With `await using` it
 * is released at the end of the block, unless it was settled or released there.
 */
export class Reservation implements Reserved {
  readonly reservationId: string;
  readonly accountId: string;
  readonly keyId: string;
  /** As the answer told it: HELD, or on a replay what has become of it. */
  readonly status: ReservationStatus;
  readonly asset: string;
  readonly candidates: readonly PricedCandidate[];
  readonly book: string;
  readonly priceVersionId: string;
  /** On which pockets it was held, in burn order. */
  readonly holds: readonly PocketShare[];
  /** What the account could still spend right after the hold. */
  readonly available: string;
  readonly replayed: boolean;
  #hold: string;
  #expiresAtMs: number;
  #ended: boolean;

  constructor(
    private readonly client: Spending,
    answer: Reserved,
  ) {
    this.reservationId = answer.reservationId;
    this.accountId = answer.accountId;
    this.keyId = answer.keyId;
    this.status = answer.status;
    this.asset = answer.asset;
    this.candidates = answer.candidates;
    this.book = answer.book;
    this.priceVersionId = answer.priceVersionId;
    this.holds = answer.holds;
    this.available = answer.available;
    this.replayed = answer.replayed;
    this.#hold = answer.hold;
    this.#expiresAtMs = answer.expiresAtMs;
    this.#ended = answer.status === 'SETTLED' || answer.status === 'RELEASED';
  }

  /** What was held, as of the last reserve or extend. */
  get hold(): string {
    return this.#hold;
  }

  /** When the hold expires, as of the last reserve or extend: milliseconds since 1970. */
  get expiresAtMs(): number {
    return this.#expiresAtMs;
  }

  /**
   * Charges what was used, by meter: decimal strings. With `interim` the rest stays held.
   *
   * @throws TollgateError with RESERVATION_NOT_FOUND, ALREADY_SETTLED or ALREADY_RELEASED; ValidationFailed;
   * DeadlineExceeded or Aborted where no answer was waited for any longer: the settle is sent again until it is answered.
   */
  settle(usage: Texts, options?: SettleDetails & CallOptions): Promise<Charged> {
    const { reservationId, accountId } = this;
    if (!options) return this.#ending(this.client.settle({ reservationId, accountId, usage }));
    const { deadlineMs, signal, ...details } = options;
    const request = { reservationId, accountId, usage, ...details };
    const settling = this.client.settle(request, callOptions(deadlineMs, signal));
    return details.interim ? settling : this.#ending(settling);
  }

  /**
   * Frees what is held and ends the reservation.
   *
   * @throws TollgateError with ALREADY_SETTLED; DeadlineExceeded or Aborted as `settle` does.
   */
  release(options: CallOptions = {}): Promise<Released> {
    return this.#ending(this.client.release(this.#names, options));
  }

  /**
   * Moves the expiry, and may raise the hold.
   *
   * @throws InsufficientBalance, and TollgateError with the codes of Extend in proto/tollgate/v1/spend.proto.
   */
  async extend(options: ExtendDetails & CallOptions): Promise<Extended> {
    const { deadlineMs, signal, ...details } = options;
    const extended = await this.client.extend({ ...this.#names, ...details }, callOptions(deadlineMs, signal));
    this.#hold = extended.hold;
    this.#expiresAtMs = extended.expiresAtMs;
    return extended;
  }

  /** Releases it where it was neither settled nor released. A release without an answer is sent again all the same. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return;
    await this.release().catch((error: unknown) => {
      if (!isPending(error)) throw error;
    });
  }

  get #names(): AccountNamed & { readonly reservationId: string } {
    return { reservationId: this.reservationId, accountId: this.accountId };
  }

  /** Once asked for, the end comes, answered in time or not: only a refusal leaves the reservation as it was. */
  #ending<T>(asked: Promise<T>): Promise<T> {
    this.#ended = true;
    asked.catch((error: unknown) => {
      this.#ended = isPending(error);
    });
    return asked;
  }
}

function isPending(error: unknown): boolean {
  return error instanceof DeadlineExceeded || error instanceof Aborted;
}

function callOptions(deadlineMs: number | undefined, signal: AbortSignal | undefined): CallOptions {
  return { ...(deadlineMs !== undefined && { deadlineMs }), ...(signal && { signal }) };
}
