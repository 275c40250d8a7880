import type { Agreement } from './agreement.js';
import type { ClientRecord } from './client-record.js';
import type { Connection } from './connection.js';
import { usd, usdText } from './decimal.js';
import type {
  Booked,
  Charged,
  Extended,
  Key,
  Refunded,
  Released,
  Reply,
  Reserved,
  Settled,
  SpendRequests,
} from './messages.js';
import { newId } from './own-ids.js';
import type { OwnPrices, Quantities } from './own-prices.js';
import type { Customer } from './traffic.js';

/** A refusal that the demo brought about, for its report. */
export interface MetRefusal {
  readonly tried: string;
  readonly code: string;
  readonly detail: string;
}

/** What a refusal must say besides its code. */
interface RefusalMore {
  readonly field?: string;
  readonly details?: Readonly<Record<string, string>>;
}

interface KeyWish {
  readonly tier?: string;
  readonly scope?: string;
  readonly models?: readonly string[];
}

/** Commands one at a time, in calls of their own; every answer is compared with what the gateway expects, and taken down. */
export class Desk {
  readonly refusals: MetRefusal[] = [];

  constructor(
    readonly connection: Connection,
    readonly prices: OwnPrices,
    readonly record: ClientRecord,
    readonly agreement: Agreement,
  ) {}

  async openAccount(name: string, settings: object = {}): Promise<string> {
    const { account } = await this.connection.must<{ account: { id: string } }>('AccountService', 'Open', {
      id: newId(),
      settings: { name, ...settings },
    });
    this.record.open(account.id, name);
    return account.id;
  }

  updateAccount(accountId: string, set: object): Promise<Reply<unknown>> {
    return this.connection.call('AccountService', 'Update', { id: newId(), accountId, set });
  }

  /** The same where a refusal is a fault of the demo. */
  async changeAccount(accountId: string, set: object): Promise<void> {
    await this.connection.must('AccountService', 'Update', { id: newId(), accountId, set });
  }

  async mint(
    accountId: string,
    name: string,
    { tier = 'CONTENT_TIER_SFW', scope = 'KEY_SCOPE_INFERENCE', models }: KeyWish = {},
  ): Promise<Customer> {
    const request = {
      id: newId(),
      accountId,
      label: name,
      tier,
      scope,
      models: models ? { only: models } : { all: true },
    };
    const { key, secret } = await this.connection.must<{ key: Key; secret: string }>('KeyService', 'Mint', request);
    return { name, accountId, keyId: key.id, secret };
  }

  async fund(accountId: string, amount: string, reference: string): Promise<Booked> {
    const request = { id: newId(), accountId, asset: 'USD', amount, reference };
    const { booked } = await this.connection.must<{ booked: Booked }>('AccountService', 'Fund', request);
    this.record.funded(request.id, booked);
    return booked;
  }

  async grant(accountId: string, amount: string, lastsMs: number, reason: string): Promise<void> {
    const request = { id: newId(), accountId, asset: 'USD', amount, expiresAtMs: Date.now() + lastsMs, reason };
    const { booked } = await this.connection.must<{ booked: Booked }>('AccountService', 'Grant', request);
    this.record.granted(request.id, request.expiresAtMs, booked);
  }

  async adjust(accountId: string, amount: string, reason: string): Promise<void> {
    const request = { id: newId(), accountId, asset: 'USD', amount, reason };
    const { booked } = await this.connection.must<{ booked: Booked }>('AccountService', 'Adjust', request);
    this.record.adjusted(request.id, booked);
  }

  tryReserve(
    customer: Pick<Customer, 'secret'>,
    model: string,
    quantities: Quantities,
    more: { id?: string; ttlMs?: number } = {},
  ): Promise<Reply<Reserved>> {
    return this.connection.call('SpendService', 'Reserve', {
      id: newId(),
      key: customer.secret,
      candidates: [{ model, quantities }],
      ...more,
    });
  }

  async reserve(customer: Customer, model: string, quantities: Quantities, ttlMs?: number): Promise<Reserved> {
    const request: SpendRequests['reserve'] = {
      id: newId(),
      key: customer.secret,
      candidates: [{ model, quantities }],
      ...(ttlMs && { ttlMs }),
    };
    const reserved = await this.connection.must<Reserved>('SpendService', 'Reserve', request);
    const hold = this.prices.priceOf(model, quantities).amount;
    this.agreement.same(`reservation ${request.id}: hold`, usdText(hold), reserved.hold);
    this.record.held(customer.accountId, request.id, hold);
    return reserved;
  }

  trySettle(accountId: string, reservationId: string, usage: Quantities, more: object = {}): Promise<Reply<Settled>> {
    return this.connection.call('SpendService', 'Settle', { reservationId, accountId, usage, ...more });
  }

  async settle(accountId: string, reservationId: string, usage: Quantities): Promise<Charged> {
    const { charged } = await this.connection.must<Settled>('SpendService', 'Settle', {
      reservationId,
      accountId,
      usage,
    });
    this.record.charged(reservationId, usage, undefined, charged);
    return charged;
  }

  async settlePart(accountId: string, reserved: Reserved, usage: Quantities): Promise<Charged> {
    const request = { reservationId: reserved.reservationId, accountId, usage, interim: true, id: newId() };
    const { charged } = await this.connection.must<Settled>('SpendService', 'Settle', request);
    this.record.charged(request.id, usage, undefined, charged, usd(reserved.hold) - usd(charged.total));
    return charged;
  }

  async release(accountId: string, reservationId: string): Promise<Released> {
    const released = await this.connection.must<Released>('SpendService', 'Release', { reservationId, accountId });
    this.agreement.same(
      `reservation ${reservationId}: freed`,
      usdText(this.record.account(accountId).holds.get(reservationId) ?? 0n),
      released.freed,
    );
    this.record.released(accountId, reservationId);
    return released;
  }

  async extend(accountId: string, reservationId: string, hold: string, ttlMs: number): Promise<Extended> {
    const request = { id: newId(), reservationId, accountId, ttlMs, holdAmount: hold };
    const extended = await this.connection.must<Extended>('SpendService', 'Extend', request);
    this.agreement.same(`reservation ${reservationId}: extended hold`, hold, extended.hold);
    this.record.held(accountId, reservationId, usd(hold));
    return extended;
  }

  async charge(customer: Customer, model: string, usage: Quantities, incurred = false): Promise<Charged> {
    const request = { id: newId(), key: customer.secret, model, usage, incurred };
    const { charged } = await this.connection.must<Settled>('SpendService', 'Charge', request);
    this.record.charged(request.id, usage, undefined, charged);
    return charged;
  }

  async refund(accountId: string, chargeId: string, amount?: string): Promise<Refunded> {
    const request = {
      id: newId(),
      chargeId,
      accountId,
      reason: 'the customer complained',
      ...(amount !== undefined && { amount }),
    };
    const refunded = await this.connection.must<Refunded>('SpendService', 'Refund', request);
    this.record.refunded(request.id, refunded);
    return refunded;
  }

  /** Expects to have been refused, with that code and what else is said. */
  refused(tried: string, code: string, reply: Reply<unknown>, { field, details = {} }: RefusalMore = {}): void {
    if (reply.ok) {
      this.agreement.same(tried, code, 'carried out');
      return;
    }
    const { refusal } = reply;
    this.agreement.same(tried, code, refusal.code);
    if (field !== undefined) this.agreement.same(`${tried}: field`, field, refusal.field);
    for (const [name, expected] of Object.entries(details))
      this.agreement.same(`${tried}: ${name}`, expected, refusal.details?.[name]);
    this.refusals.push({ tried, code: refusal.code, detail: detailOf(details, field) });
  }
}

function detailOf(details: Readonly<Record<string, string>>, field: string | undefined): string {
  const said = Object.entries(details).map(([name, value]) => (name === 'reason' ? value : `${name} ${value}`));
  return [...(field === undefined ? [] : [field]), ...said].join(', ');
}
