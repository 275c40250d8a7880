import type { Agreement } from './agreement.js';
import type { ClientRecord } from './client-record.js';
import { usd, usdText } from './decimal.js';
import type { Candidate, Refusal, Reply, Reserved, Settled } from './messages.js';
import { newId } from './own-ids.js';
import type { OwnPrices } from './own-prices.js';
import type { Pipeline } from './pipeline.js';
import type { Plan } from './workload.js';

/** Whose requests they are. */
export interface Customer {
  readonly name: string;
  readonly accountId: string;
  readonly keyId: string;
  /** The secret, as the customer sends it with each request. */
  readonly secret: string;
}

/** What happened so far, for whoever watches. */
export interface Tally {
  requests: number;
  refused: number;
  interim: number;
  released: number;
  extended: number;
  refunded: number;
  repeated: number;
}

/** Carries requests through the ledger as a gateway does, many at a time, and takes every answer down. */
export class Traffic {
  readonly tally: Tally = { requests: 0, refused: 0, interim: 0, released: 0, extended: 0, refunded: 0, repeated: 0 };

  constructor(
    private readonly pipeline: Pipeline,
    private readonly customers: readonly Customer[],
    private readonly prices: OwnPrices,
    private readonly record: ClientRecord,
    private readonly agreement: Agreement,
  ) {}

  /** Runs so many requests, so many of them at any moment. */
  async run(requests: number, inFlight: number, next: () => Plan): Promise<void> {
    let left = requests;
    const worker = async () => {
      while (left > 0) {
        left -= 1;
        await this.#request(next());
        this.tally.requests += 1;
      }
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
  }

  async #request(plan: Plan): Promise<void> {
    const customer = this.customers[plan.customer];
    const candidate = plan.candidates[plan.used];
    if (!customer || !candidate) throw new Error('the plan names a customer or a candidate that there is not');
    if (plan.course === 'unlisted') return this.#unlisted(plan, customer, candidate);
    const chargeId =
      plan.course === 'charge'
        ? await this.#charge(plan, customer, candidate)
        : await this.#reserveAndSettle(plan, customer, candidate);
    if (chargeId !== undefined && plan.refund !== 'none') await this.#refund(plan, customer, chargeId);
  }

  /** @returns the id that something was charged under, if anything was. */
  async #reserveAndSettle(plan: Plan, customer: Customer, candidate: Candidate): Promise<string | undefined> {
    const reserved = await this.#reserve(plan, customer);
    let { hold } = reserved;
    if (plan.course === 'extend') hold = await this.#extend(customer, reserved.id, hold);
    for (const soFar of plan.soFar) {
      const interim = {
        reservationId: reserved.id,
        accountId: customer.accountId,
        interim: true,
        id: newId(),
        candidate: plan.used,
        usage: soFar,
      };
      const { charged } = this.#must('interim settle', await this.pipeline.submit('settle', interim));
      const rest = hold - usd(charged.total);
      this.record.charged(interim.id, soFar, undefined, charged, rest > 0n ? rest : 0n);
      this.tally.interim += 1;
    }
    if (plan.course === 'release') return this.#release(customer, reserved.id, hold);
    const settle = {
      reservationId: reserved.id,
      accountId: customer.accountId,
      candidate: plan.used,
      usage: plan.usage,
      ...(plan.cost !== undefined && { cost: plan.cost }),
    };
    const send = () => this.pipeline.submit('settle', settle);
    const { charged } = this.#must('settle', plan.sentTwice ? await this.#twice('settle', send) : await send());
    this.agreement.same(`charge ${reserved.id}: model`, candidate.model, charged.model);
    this.record.charged(reserved.id, plan.usage, plan.cost, charged);
    return reserved.id;
  }

  async #reserve(plan: Plan, customer: Customer): Promise<{ id: string; hold: bigint }> {
    const request = {
      id: newId(),
      key: customer.secret,
      candidates: plan.candidates,
      tags: { customer: customer.name },
    };
    const send = () => this.pipeline.submit('reserve', request);
    const reserved: Reserved = this.#must(
      'reserve',
      plan.sentTwice ? await this.#twice('reserve', send) : await send(),
    );
    const dearest = plan.candidates
      .map(({ model, quantities }) => this.prices.priceOf(model, quantities).amount)
      .reduce((most, amount) => (amount > most ? amount : most), 0n);
    this.agreement.same(`reservation ${request.id}: hold`, usdText(dearest), reserved.hold);
    this.agreement.same(`reservation ${request.id}: account`, customer.accountId, reserved.accountId);
    this.agreement.same(`reservation ${request.id}: key`, customer.keyId, reserved.keyId);
    this.record.held(customer.accountId, request.id, dearest);
    return { id: request.id, hold: dearest };
  }

  /** The answer took so long that more time and money are wanted: half as much again. */
  async #extend(customer: Customer, reservationId: string, hold: bigint): Promise<bigint> {
    const raised = hold + hold / 2n;
    const request = {
      id: newId(),
      reservationId,
      accountId: customer.accountId,
      ttlMs: 900_000,
      holdAmount: usdText(raised),
    };
    const extended = this.#must('extend', await this.pipeline.submit('extend', request));
    this.agreement.same(`reservation ${reservationId}: extended hold`, usdText(raised), extended.hold);
    this.record.held(customer.accountId, reservationId, raised);
    this.tally.extended += 1;
    return raised;
  }

  async #release(customer: Customer, reservationId: string, hold: bigint): Promise<undefined> {
    const released = this.#must(
      'release',
      await this.pipeline.submit('release', { reservationId, accountId: customer.accountId }),
    );
    this.agreement.same(`reservation ${reservationId}: freed`, usdText(hold), released.freed);
    this.record.released(customer.accountId, reservationId);
    this.tally.released += 1;
    return undefined;
  }

  async #charge(plan: Plan, customer: Customer, { model }: Candidate): Promise<string> {
    const request = { id: newId(), key: customer.secret, model, usage: plan.usage };
    const send = () => this.pipeline.submit('charge', request);
    const { charged } = this.#must('charge', plan.sentTwice ? await this.#twice('charge', send) : await send());
    this.record.charged(request.id, plan.usage, undefined, charged);
    return request.id;
  }

  /** A model without a listed price is refused; if it was used all the same, that is recorded and charged as nothing. */
  async #unlisted(plan: Plan, customer: Customer, { model }: Candidate): Promise<void> {
    const refused = await this.pipeline.submit('reserve', {
      id: newId(),
      key: customer.secret,
      candidates: plan.candidates,
    });
    this.agreement.same(
      `reserve of ${model}, which has no listed price`,
      'UNPRICED',
      refused.ok ? 'a hold' : refused.refusal.code,
    );
    this.tally.refused += 1;
    const incurred = { id: newId(), key: customer.secret, model, usage: plan.usage, incurred: true };
    const { charged } = this.#must('incurred charge', await this.pipeline.submit('charge', incurred));
    this.record.charged(incurred.id, plan.usage, undefined, charged);
  }

  async #refund(plan: Plan, customer: Customer, chargeId: string): Promise<void> {
    const total = this.record.account(customer.accountId).charges.get(chargeId)?.total ?? 0n;
    if (total < 2n) return;
    const amount = plan.refund === 'all' ? total : total / 2n;
    const request = {
      id: newId(),
      chargeId,
      accountId: customer.accountId,
      amount: usdText(amount),
      reason: 'the answer was no good',
    };
    const refunded = this.#must('refund', await this.pipeline.submit('refund', request));
    this.agreement.same(`charge ${chargeId}: refunded`, usdText(amount), refunded.refundedTotal);
    this.record.refunded(request.id, refunded);
    this.tally.refunded += 1;
  }

  /** Sends the same command twice at once: it is carried out once, and both answers say the same of it. */
  async #twice<T extends Reserved | Settled>(what: string, send: () => Promise<Reply<T>>): Promise<Reply<T>> {
    const replies = await Promise.all([send(), send()]);
    const [first, second] = replies.map((reply) => this.#must(what, reply));
    this.tally.repeated += 1;
    if (!first || !second) throw new Error('a command that was sent twice has not been answered twice');
    this.agreement.same(
      `${what} sent twice: carried out`,
      1,
      [first, second].filter(({ replayed }) => !replayed).length,
    );
    this.agreement.same(`${what} sent twice: answers`, contentOf(first), contentOf(second));
    return { ok: true, value: first };
  }

  #must<T>(what: string, reply: Reply<T>): T {
    if (reply.ok) return reply.value;
    throw new Error(`${what} was refused: ${textOf(reply.refusal)}`);
  }
}

/** An answer without what may differ between the first and its replay. */
function contentOf(answer: object): string {
  const { replayed: _replayed, status: _status, ...content } = answer as Record<string, unknown>;
  return JSON.stringify(content, (_name, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function textOf({ code, message, field, details }: Refusal): string {
  return `${code} ${message}${field ? ` (${field})` : ''}${details ? ` ${JSON.stringify(details)}` : ''}`;
}
