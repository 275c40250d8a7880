import type { Charged, Extended, Quoted, Refunded, Released } from './answers.js';
import type { TollgateError } from './errors.js';
import { newId } from './ids.js';
import type { TlsOptions } from './link.js';
import { Pipeline } from './pipeline.js';
import type {
  CallOptions,
  ChargeRequest,
  ExtendRequest,
  Kind,
  QuoteRequest,
  RefundRequest,
  ReleaseRequest,
  ReserveRequest,
  SettleRequest,
  UnsentCommand,
} from './requests.js';
import { Reservation } from './reservation.js';
import { decodeAnswer } from './wire.js';

export interface TollgateOptions {
  /** Host and port of the service: "127.0.0.1:50051". */
  readonly address: string;
  /** A service token with the scope `spend`. */
  readonly token: string;
  /** How long an answer is waited for where a call does not say, in milliseconds. Default: 10 000. */
  readonly deadlineMs?: number;
  /** How many commands are sent and unanswered at once. Default: 4096, which the service reads at most. */
  readonly unansweredMax?: number;
  /** How many more wait in the client; beyond, calls reject with `TooManyUnanswered`. Default: 10 000. */
  readonly waitingMax?: number;
  /** How many settles, releases and incurred charges are kept after their deadline. Default: 10 000. */
  readonly unsentMax?: number;
  /**
   * Told of each settle, release and incurred charge that was given up, and why: there was no room to keep it, the
   * client was closed before it was answered, or it was refused after its caller had stopped waiting.
   */
  readonly onUnsent?: (command: UnsentCommand, reason: TollgateError) => void;
  /** TLS for the connection; default: none. */
  readonly tls?: boolean | TlsOptions;
}

/**
 * A client of Tollgate's SpendService. All calls of one tick leave in one message over one stream, which is opened again
 * whenever it breaks; what was unanswered is sent again with the same id, and so carried out once.
 *
 * Every call rejects with a `TollgateError` of the service's code, with `DeadlineExceeded`, with `Aborted` where its
 * signal was aborted or the client closed, with `TooManyUnanswered` where too many commands wait, and with
 * `NotAuthenticated` or `PermissionDenied` where the service does not accept the token.
 *
 * Settles, releases and incurred charges must arrive: after the deadline, or an abort, they are sent again until they are
 * answered. A reserve that nobody waits for any longer is released.
 */
export class Tollgate {
  readonly #pipeline: Pipeline;

  /** Opens nothing yet: the first call does. */
  constructor(options: TollgateOptions) {
    const { address, token, tls, onUnsent } = options;
    const { deadlineMs = 10_000, unansweredMax = 4096, waitingMax = 10_000, unsentMax = 10_000 } = options;
    const present = (kind: Kind, request: object, answer: Buffer): unknown => this.#present(kind, request, answer);
    this.#pipeline = new Pipeline({
      ...{ address, token, tls, deadlineMs, unansweredMax, waitingMax, unsentMax, onUnsent },
      present,
    });
  }

  /**
   * Prices a described request and holds nothing. Too little money is not an error: see `sufficient`.
   *
   * @throws ValidationFailed, NotAuthenticated, or TollgateError with the codes of Quote in
   * proto/tollgate/v1/spend.proto.
   */
  quote(request: QuoteRequest, options?: CallOptions): Promise<Quoted> {
    return this.#pipeline.submit('quote', request, options);
  }

  /**
   * Checks a request of a customer and holds its worst-case price.
   *
   * @throws InsufficientBalance, RateLimited, NotAuthenticated, ValidationFailed, IdConflict, or TollgateError with the
   * codes of Reserve.
   */
  reserve(request: ReserveRequest, options?: CallOptions): Promise<Reservation> {
    return this.#pipeline.submit('reserve', withId(request), options);
  }

  /**
   * Charges real usage against a reservation.
   *
   * @throws ValidationFailed, or TollgateError with RESERVATION_NOT_FOUND, ALREADY_SETTLED or ALREADY_RELEASED.
   */
  settle(request: SettleRequest, options?: CallOptions): Promise<Charged> {
    return this.#pipeline.submit('settle', request.interim ? withId(request) : request, options);
  }

  /**
   * Frees all that a reservation holds and ends it, known or not.
   *
   * @throws TollgateError with ACCOUNT_NOT_FOUND, ALREADY_SETTLED or RESERVATION_NOT_FOUND.
   */
  release(request: ReleaseRequest, options?: CallOptions): Promise<Released> {
    return this.#pipeline.submit('release', request, options);
  }

  /**
   * Moves a reservation's expiry, may raise its hold, and holds again what had expired.
   *
   * @throws InsufficientBalance, NotAuthenticated, ValidationFailed, or TollgateError with the codes of Extend.
   */
  extend(request: ExtendRequest, options?: CallOptions): Promise<Extended> {
    return this.#pipeline.submit('extend', withId(request), options);
  }

  /**
   * Reserve and settle in one step, for usage already known.
   *
   * @throws What `reserve` throws; with `incurred` only NotAuthenticated, ValidationFailed, IdConflict, and
   * TollgateError with INVALID_MODEL.
   */
  charge(request: ChargeRequest, options?: CallOptions): Promise<Charged> {
    return this.#pipeline.submit('charge', withId(request), options);
  }

  /**
   * Gives back up to what was charged.
   *
   * @throws ValidationFailed, IdConflict, or TollgateError with CHARGE_NOT_FOUND, RESERVATION_OPEN or
   * REFUND_EXCEEDS_CHARGE.
   */
  refund(request: RefundRequest, options?: CallOptions): Promise<Refunded> {
    return this.#pipeline.submit('refund', withId(request), options);
  }

  /** Resolves once every settle, release and incurred charge was answered or given up. */
  drain(): Promise<void> {
    return this.#pipeline.drained();
  }

  /** Ends the connection and every call with `Aborted`; `onUnsent` is told of what should have arrived. `drain` first. */
  close(): void {
    this.#pipeline.close();
  }

  #present(kind: Kind, request: object, answer: Buffer): unknown {
    switch (kind) {
      case 'reserve':
        return new Reservation(this, (request as { readonly id: string }).id, answer);
      case 'settle':
      case 'charge': {
        const { charged, replayed } = decodeAnswer(kind, answer) as Settled;
        return Object.assign(charged, { replayed });
      }
      default:
        return decodeAnswer(kind, answer);
    }
  }
}

interface Settled {
  readonly charged: Omit<Charged, 'replayed'>;
  readonly replayed: boolean;
}

/** A request with its id: it is made once, so that the request can be sent again as the same. */
function withId<T extends { readonly id?: string }>(request: T): T {
  return request.id ? request : { ...request, id: newId() };
}
