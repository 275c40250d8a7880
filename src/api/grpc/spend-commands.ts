import { Injectable } from '@nestjs/common';
import { Quotes } from '../../accounts/quotes.js';
import { Config } from '../../config/config.js';
import type {
  Candidate,
  Charge,
  Command,
  Extend,
  Refund,
  Release,
  Reserve,
  Settle,
} from '../../core/ledger/commands.js';
import { TTL_MAX_MS } from '../../core/ledger/extend.js';
import {
  isEmpty,
  readAmountOfSome,
  readCount,
  readDimensions,
  readId,
  readMoment,
  readMs,
  readOptionalText,
  readQuantities,
  readTags,
  readText,
} from '../fields.js';
import { Owners } from '../owners.js';
import { invalid, Refused } from '../refused.js';
import { quoteResponse } from './spend-answers.js';
import type {
  CandidateMessage,
  ChargeRequest,
  ExtendRequest,
  QuoteRequest,
  RefundRequest,
  ReleaseRequest,
  ReserveRequest,
  SettleRequest,
  SpendKind,
  SpendRequests,
} from './spend-requests.js';

const TTL_MIN_MS = 1000;
const TTL_DEFAULT_MS = 10 * 60 * 1000;
const CANDIDATES_MAX = 8;

/**
 * Makes commands out of the requests of SpendService: checks their syntax, and puts them into canonical form. Quotes are
 * answered here, for the unary call and the stream alike.
 */
@Injectable()
export class SpendCommands {
  constructor(
    private readonly owners: Owners,
    private readonly quotes: Quotes,
    private readonly config: Config,
  ) {}

  /** @throws Refused naming the field that is wrong, or AUTHENTICATION_FAILED where the key is nobody's. */
  make<K extends SpendKind>(kind: K, request: SpendRequests[K]): Promise<Command>;
  make(kind: SpendKind, request: SpendRequests[SpendKind]): Promise<Command> {
    switch (kind) {
      case 'reserve':
        return this.reserve(request as ReserveRequest);
      case 'settle':
        return this.settle(request as SettleRequest);
      case 'release':
        return this.release(request as ReleaseRequest);
      case 'extend':
        return this.extend(request as ExtendRequest);
      case 'charge':
        return this.charge(request as ChargeRequest);
      case 'refund':
        return this.refund(request as RefundRequest);
      default:
        return kind satisfies never;
    }
  }

  /**
   * Answers a quote, which is no command: it prices, and changes nothing.
   *
   * @throws Refused as `make` does, and with why the account could not have it.
   */
  async quote(request: QuoteRequest): Promise<object> {
    const candidates = readCandidates(request.candidates);
    const book = readOptionalText(request.book, 'book');
    const named = [request.key, request.keyId, request.accountId].some((name = '') => name !== '');
    if (named && book !== '') throw invalid('book', 'no book where a key or an account is given');
    const owner = named ? await this.owners.ofAccount(request) : undefined;
    const quote = owner
      ? await this.quotes.forAccount(owner.accountId, owner.keyId, candidates)
      : await this.quotes.forBook(book === '' ? this.config.DEFAULT_PRICE_BOOK : book, candidates);
    if (!quote.ok) throw new Refused(quote);
    return quoteResponse(quote, owner?.accountId);
  }

  private async reserve(request: ReserveRequest): Promise<Reserve> {
    const id = readId(request.id, 'id');
    const candidates = readCandidates(request.candidates);
    const ttlMs =
      request.ttlMs === undefined ? TTL_DEFAULT_MS : readMs(request.ttlMs, 'ttl_ms', TTL_MIN_MS, TTL_MAX_MS);
    const tags = readTags(request.tags);
    const { accountId, keyId } = await this.owners.ofKey(request);
    return { type: 'Reserve', id, accountId, keyId, candidates, ttlMs, ...(tags && { tags }) };
  }

  private async settle(request: SettleRequest): Promise<Settle> {
    const reservationId = readId(request.reservationId, 'reservation_id');
    const final = !request.interim;
    const dimensions = readDimensions(request.dimensions, 'dimensions');
    const tags = readTags(request.tags);
    const content = {
      reservationId,
      final,
      candidate: readCount(request.candidate, 'candidate', 0, CANDIDATES_MAX - 1),
      usage: readQuantities(request.usage, 'usage'),
      ...(!isEmpty(dimensions) && { dimensions }),
      ...(request.cost !== undefined && { cost: readAmountOfSome(request.cost, 'cost') }),
      ...(request.estimated && { estimated: true }),
      ...(tags && { tags }),
    };
    const id = final ? idOfFinal(request, reservationId) : readId(request.id, 'id');
    const { accountId } = await this.owners.ofAccount(request);
    return { type: 'Settle', id, accountId, ...content };
  }

  private async release(request: ReleaseRequest): Promise<Release> {
    const reservationId = readId(request.reservationId, 'reservation_id');
    const { accountId } = await this.owners.ofAccount(request);
    return { type: 'Release', id: reservationId, accountId, reservationId };
  }

  private async extend(request: ExtendRequest): Promise<Extend> {
    const id = readId(request.id, 'id');
    const { expiresAtMs, ttlMs, holdAmount, candidate } = request;
    if (expiresAtMs !== undefined && ttlMs !== undefined)
      throw invalid('ttl_ms', 'at most one of expires_at_ms and ttl_ms');
    const quantities = readQuantities(request.quantities, 'quantities');
    if (candidate !== undefined && isEmpty(quantities)) throw invalid('candidate', 'no candidate without quantities');
    const content = {
      reservationId: readId(request.reservationId, 'reservation_id'),
      ...(expiresAtMs !== undefined && { expiresAt: readMoment(expiresAtMs, 'expires_at_ms') }),
      ...(ttlMs !== undefined && { ttlMs: readMs(ttlMs, 'ttl_ms', TTL_MIN_MS, TTL_MAX_MS) }),
      ...(holdAmount !== undefined && { holdAmount: readAmountOfSome(holdAmount, 'hold_amount') }),
      ...(!isEmpty(quantities) && { quantities, candidate: readCount(candidate, 'candidate', 0, CANDIDATES_MAX - 1) }),
    };
    const { accountId } = await this.owners.ofAccount(request);
    return { type: 'Extend', id, accountId, ...content };
  }

  private async charge(request: ChargeRequest): Promise<Charge> {
    const id = readId(request.id, 'id');
    const { occurredAtMs, cost } = request;
    const tags = readTags(request.tags);
    const content = {
      model: readText(request.model, 'model'),
      usage: readQuantities(request.usage, 'usage'),
      dimensions: readDimensions(request.dimensions, 'dimensions'),
      incurred: request.incurred ?? false,
      ...(occurredAtMs !== undefined && { occurredAt: readMoment(occurredAtMs, 'occurred_at_ms') }),
      ...(cost !== undefined && { cost: readAmountOfSome(cost, 'cost') }),
      ...(request.estimated && { estimated: true }),
      ...(tags && { tags }),
    };
    const { accountId, keyId } = await this.owners.ofKey(request);
    return { type: 'Charge', id, accountId, keyId, ...content };
  }

  private async refund(request: RefundRequest): Promise<Refund> {
    const id = readId(request.id, 'id');
    const { amount } = request;
    const content = {
      chargeId: readId(request.chargeId, 'charge_id'),
      ...(amount !== undefined && { amount: readAmountOfSome(amount, 'amount') }),
      reason: readText(request.reason, 'reason'),
    };
    const { accountId } = await this.owners.ofAccount(request);
    return { type: 'Refund', id, accountId, ...content };
  }
}

/** A final settle has the reservation's id: it may be said, but not another. */
function idOfFinal({ id = '' }: SettleRequest, reservationId: string): string {
  if (id !== '' && id.toLowerCase() !== reservationId)
    throw invalid('id', 'none: a final settle has the id of its reservation');
  return reservationId;
}

/** One to eight candidates. */
function readCandidates(messages: readonly CandidateMessage[] | undefined): Candidate[] {
  const count = messages?.length ?? 0;
  if (!messages || count < 1 || count > CANDIDATES_MAX)
    throw invalid('candidates', `1 to ${CANDIDATES_MAX} candidates`);
  return messages.map(({ model, quantities, dimensions }, index) => ({
    model: readText(model, `candidates[${index}].model`),
    quantities: readQuantities(quantities, `candidates[${index}].quantities`),
    dimensions: readDimensions(dimensions, `candidates[${index}].dimensions`),
  }));
}
