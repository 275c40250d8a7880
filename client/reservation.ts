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
import { accountOf, decodeAnswer } from './wire.js';

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
  readonly #client: Spending;
  /** The answer: decoded when it is looked at. */
  #bytes: Buffer | undefined;
  #decoded: Reserved | undefined;
  /** What an extend has changed. */
  #extended: Extended | undefined;
  #accountId: string | undefined;
  /** Whether its end was asked for here. */
  #ended = false;

  /** Reservations are made by `Tollgate.reserve`. */
  constructor(client: Spending, reservationId: string, answer: Buffer) {
    this.#client = client;
    this.reservationId = reservationId.toLowerCase();
    // A copy: the original is part of a message of many, which all would live as long as this.
    this.#bytes = Buffer.from(answer);
  }

  get accountId(): string {
    this.#accountId ??= this.#bytes ? accountOf(this.#bytes) : this.#answer.accountId;
    return this.#accountId;
  }

  get keyId(): string {
    return this.#answer.keyId;
  }

  /** As the answer told it: HELD, or on a replay what has become of it. */
  get status(): ReservationStatus {
    return this.#answer.status;
  }

  get asset(): string {
    return this.#answer.asset;
  }

  /** What was held, as of the reserve or the last extend. */
  get hold(): string {
    return this.#extended?.hold ?? this.#answer.hold;
  }

  /** When the hold expires, as of the reserve or the last extend: milliseconds since 1970. */
  get expiresAtMs(): number {
    return this.#extended?.expiresAtMs ?? this.#answer.expiresAtMs;
  }

  /** The candidates as asked, each with its worst-case price. */
  get candidates(): readonly PricedCandidate[] {
    return this.#answer.candidates;
  }

  get book(): string {
    return this.#answer.book;
  }

  /** The version that a settle will price under. */
  get priceVersionId(): string {
    return this.#answer.priceVersionId;
  }

  /** On which pockets it was held, in burn order. */
  get holds(): readonly PocketShare[] {
    return this.#answer.holds;
  }

  /** What the account could still spend right after the hold. */
  get available(): string {
    return this.#answer.available;
  }

  /** True where it had been reserved before, and this is the first outcome. */
  get replayed(): boolean {
    return this.#answer.replayed;
  }

  /**
   * Charges what was used, by meter: decimal strings. With `interim` the rest stays held.
   *
   * @throws TollgateError with RESERVATION_NOT_FOUND, ALREADY_SETTLED or ALREADY_RELEASED; ValidationFailed;
   * DeadlineExceeded or Aborted where no answer was waited for any longer: the settle is sent again until it is answered.
   */
  settle(usage: Texts, options?: SettleDetails & CallOptions): Promise<Charged> {
    const { reservationId, accountId } = this;
    if (!options) return this.#ending(this.#client.settle({ reservationId, accountId, usage }));
    const { deadlineMs, signal, ...details } = options;
    const request = { reservationId, accountId, usage, ...details };
    const settling = this.#client.settle(request, callOptions(deadlineMs, signal));
    return details.interim ? settling : this.#ending(settling);
  }

  /**
   * Frees what is held and ends the reservation.
   *
   * @throws TollgateError with ALREADY_SETTLED; DeadlineExceeded or Aborted as `settle` does.
   */
  release(options: CallOptions = {}): Promise<Released> {
    return this.#ending(this.#client.release(this.#names, options));
  }

  /**
   * Moves the expiry, and may raise the hold.
   *
   * @throws InsufficientBalance, and TollgateError with the codes of Extend in proto/tollgate/v1/spend.proto.
   */
  async extend(options: ExtendDetails & CallOptions): Promise<Extended> {
    const { deadlineMs, signal, ...details } = options;
    const extended = await this.#client.extend({ ...this.#names, ...details }, callOptions(deadlineMs, signal));
    this.#extended = extended;
    return extended;
  }

  /** The answer's fields, for `JSON.stringify`. */
  toJSON(): Reserved {
    return { ...this.#answer, hold: this.hold, expiresAtMs: this.expiresAtMs };
  }

  /** Releases it where it was neither settled nor released. A release without an answer is sent again all the same. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended || this.status === 'SETTLED' || this.status === 'RELEASED') return;
    await this.release().catch((error: unknown) => {
      if (!isPending(error)) throw error;
    });
  }

  get #answer(): Reserved {
    if (this.#decoded) return this.#decoded;
    const message = decodeAnswer('reserve', this.#bytes ?? Buffer.alloc(0)) as Reserved;
    const status = message.status.slice(STATUS_PREFIX.length) as ReservationStatus;
    this.#bytes = undefined;
    this.#decoded = { ...message, status };
    return this.#decoded;
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

const STATUS_PREFIX = 'RESERVATION_STATUS_';

function isPending(error: unknown): boolean {
  return error instanceof DeadlineExceeded || error instanceof Aborted;
}

function callOptions(deadlineMs: number | undefined, signal: AbortSignal | undefined): CallOptions {
  return { ...(deadlineMs !== undefined && { deadlineMs }), ...(signal && { signal }) };
}
