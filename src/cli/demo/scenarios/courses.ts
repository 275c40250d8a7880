import { usd, usdText } from '../decimal.js';
import type { Desk } from '../desk.js';
import type { Charged, Reserved } from '../messages.js';
import { newId } from '../own-ids.js';
import type { Customer } from '../traffic.js';
import { until } from './waiting.js';

/** What became of one reservation, for the report. */
export interface Course {
  readonly what: string;
  readonly held: string;
  readonly charged: string;
  readonly note: string;
}

const MODEL = 'claude-opus-4-5';
const ASKED = { input_tokens: '1200', output_tokens: '2000' };
/** The shortest time to live that there is. */
const SHORT_MS = 1000;

/** Each way that a reservation can go, one after the other. What has to wait for an expiry is begun here and ended later. */
export class Courses {
  readonly met: Course[] = [];
  #toSettleLate: Reserved | undefined;
  #toHoldAgain: Reserved | undefined;
  #toLetExpire: Reserved | undefined;

  constructor(
    private readonly desk: Desk,
    private readonly customer: Customer,
  ) {}

  async begin(): Promise<void> {
    this.#toSettleLate = await this.#reserve(SHORT_MS);
    this.#toHoldAgain = await this.#reserve(SHORT_MS);
    this.#toLetExpire = await this.#reserve(SHORT_MS);
    await this.#settleAround();
    await this.#settleInParts();
    await this.#release();
    await this.#extend();
    await this.#replay();
    await this.#refund();
    await this.#reserve();
    this.met.push(this.#course('left open', this.#held(ASKED), '0', 'its hold shows in the balance'));
  }

  /** The rest, once the short ones have expired. */
  async end(): Promise<void> {
    const { desk } = this;
    const { accountId } = this.customer;
    const late = await this.#expired(this.#toSettleLate);
    const charged = await desk.settle(accountId, late.reservationId, { input_tokens: '1200', output_tokens: '900' });
    desk.agreement.same('settled after its expiry: late', true, charged.late);
    this.met.push(this.#course('settled late', late.hold, charged.total, 'after its expiry; charged all the same'));

    const again = await this.#expired(this.#toHoldAgain);
    const extended = await desk.extend(accountId, again.reservationId, again.hold, 60_000);
    desk.agreement.same('extended after its expiry: held again', true, extended.reheld);
    const settled = await desk.settle(accountId, again.reservationId, ASKED);
    desk.agreement.same('settled after it was held again: late', false, settled.late ?? false);
    this.met.push(this.#course('expired, held again', again.hold, settled.total, 'an Extend took the money once more'));

    const expired = await this.#expired(this.#toLetExpire);
    this.met.push(this.#course('let expire', expired.hold, '0', 'its money was free again at its time'));
  }

  async #settleAround(): Promise<void> {
    const below = await this.#reserve();
    this.#settled(
      'settled below the hold',
      below,
      await this.#settle(below, { input_tokens: '1200', output_tokens: '417' }),
    );
    const at = await this.#reserve();
    this.#settled('settled at the hold', at, await this.#settle(at, ASKED));
    const above = await this.#reserve();
    this.#settled(
      'settled above the hold',
      above,
      await this.#settle(above, { input_tokens: '1378', output_tokens: '2000' }),
    );
    const nothing = await this.#reserve();
    this.#settled('settled with no usage', nothing, await this.#settle(nothing, {}));
  }

  async #settleInParts(): Promise<void> {
    const reserved = await this.#reserve();
    for (const output of ['300', '800', '1500']) {
      await this.desk.settlePart(this.customer.accountId, reserved, { input_tokens: '1200', output_tokens: output });
    }
    const charged = await this.#settle(reserved, { input_tokens: '1200', output_tokens: '1730' });
    this.#settled('settled in 4 parts, as a stream', reserved, charged);
  }

  async #release(): Promise<void> {
    const { desk, customer } = this;
    const reserved = await this.#reserve();
    const released = await desk.release(customer.accountId, reserved.reservationId);
    this.met.push(this.#course('released', reserved.hold, released.total, `${released.freed} is free again`));

    const overtaken = newId();
    const first = await desk.connection.must<{ unknown?: boolean }>('SpendService', 'Release', {
      reservationId: overtaken,
      accountId: customer.accountId,
    });
    desk.agreement.same('released before it was reserved: unknown', true, first.unknown);
    desk.refused(
      'reserve that its release overtook',
      'ALREADY_RELEASED',
      await desk.tryReserve(customer, MODEL, ASKED, { id: overtaken }),
    );
    desk.refused(
      'settle of what was released',
      'ALREADY_RELEASED',
      await desk.trySettle(customer.accountId, reserved.reservationId, ASKED),
    );
  }

  async #extend(): Promise<void> {
    const reserved = await this.#reserve();
    const raised = usdText(usd(reserved.hold) * 2n);
    await this.desk.extend(this.customer.accountId, reserved.reservationId, raised, 60_000);
    const charged = await this.#settle(reserved, { input_tokens: '1200', output_tokens: '3600' });
    this.met.push(
      this.#course(
        'extended, then settled',
        `${reserved.hold} -> ${raised}`,
        charged.total,
        'twice the hold, a minute more',
      ),
    );
  }

  /** An id that is sent again says what it said the first time, and with other content it is refused. */
  async #replay(): Promise<void> {
    const { desk, customer } = this;
    const reserved = await this.#reserve();
    const { reservationId: id } = reserved;
    const again = await desk.tryReserve(customer, MODEL, ASKED, { id });
    desk.agreement.same('reserve sent again: replayed', true, again.ok && again.value.replayed);
    desk.agreement.same('reserve sent again: hold', reserved.hold, again.ok ? again.value.hold : 'none');
    desk.refused(
      'the same id with another output_tokens',
      'ID_CONFLICT',
      await desk.tryReserve(customer, MODEL, { ...ASKED, output_tokens: '2001' }, { id }),
      {
        field: 'candidates[0].quantities.output_tokens',
      },
    );
    desk.refused('refund of what is still held', 'RESERVATION_OPEN', await this.#tryRefund(id));
    const charged = await this.#settle(reserved, ASKED);
    const twice = await desk.trySettle(customer.accountId, id, ASKED);
    desk.agreement.same('settle sent again: replayed', true, twice.ok && twice.value.replayed);
    desk.agreement.same('settle sent again: total', charged.total, twice.ok ? twice.value.charged.total : 'none');
    const end = await desk.tryReserve(customer, MODEL, ASKED, { id });
    desk.agreement.same(
      'reserve sent again after its settle: status',
      'RESERVATION_STATUS_SETTLED',
      end.ok ? end.value.status : end.refusal.code,
    );
    desk.refused('release of what was settled', 'ALREADY_SETTLED', await this.#tryRelease(id));
    this.met.push(this.#course('each command sent twice', reserved.hold, charged.total, 'held once, charged once'));
  }

  async #refund(): Promise<void> {
    const { desk, customer } = this;
    const reserved = await this.#reserve();
    const charged = await this.#settle(reserved, ASKED);
    const part = usdText(usd(charged.total) / 4n);
    await desk.refund(customer.accountId, charged.chargeId, part);
    const rest = await desk.refund(customer.accountId, charged.chargeId);
    desk.agreement.same('refunded in two parts: all of it', charged.total, rest.refundedTotal);
    desk.refused(
      'refund of what was given back already',
      'REFUND_EXCEEDS_CHARGE',
      await this.#tryRefund(charged.chargeId),
    );
    this.met.push(
      this.#course('settled and refunded', reserved.hold, charged.total, `${part}, then the other ${rest.amount}`),
    );
  }

  #reserve(ttlMs?: number): Promise<Reserved> {
    return this.desk.reserve(this.customer, MODEL, ASKED, ttlMs);
  }

  #settle(reserved: Reserved, usage: Readonly<Record<string, string>>): Promise<Charged> {
    return this.desk.settle(this.customer.accountId, reserved.reservationId, usage);
  }

  #tryRefund(chargeId: string) {
    return this.desk.connection.call('SpendService', 'Refund', {
      id: newId(),
      chargeId,
      accountId: this.customer.accountId,
      reason: 'again',
    });
  }

  #tryRelease(reservationId: string) {
    return this.desk.connection.call('SpendService', 'Release', { reservationId, accountId: this.customer.accountId });
  }

  /** Waits until the service says that it has expired. */
  async #expired(reserved: Reserved | undefined): Promise<Reserved> {
    if (!reserved) throw new Error('the courses were not begun');
    const { accountId } = this.customer;
    const { reservationId } = reserved;
    await until(`reservation ${reservationId} expires`, async () => {
      const { status } = await this.desk.connection.must<{ status: string }>('SpendService', 'GetReservation', {
        reservationId,
        accountId,
      });
      return status === 'RESERVATION_STATUS_EXPIRED';
    });
    this.desk.record.freed(accountId, reservationId);
    return reserved;
  }

  #settled(what: string, reserved: Reserved, charged: Charged): void {
    const rest = usd(reserved.hold) - usd(charged.total);
    const note =
      rest > 0n
        ? `${usdText(rest)} is free again`
        : rest < 0n
          ? `${usdText(-rest)} taken from free money`
          : 'nothing is left of it';
    this.met.push(this.#course(what, reserved.hold, charged.total, note));
  }

  #held(quantities: Readonly<Record<string, string>>): string {
    return usdText(this.desk.prices.priceOf(MODEL, quantities).amount);
  }

  #course(what: string, held: string, charged: string, note: string): Course {
    return { what, held, charged, note };
  }
}
