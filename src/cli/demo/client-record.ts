import type { Agreement } from './agreement.js';
import { quantity, usd, usdText } from './decimal.js';
import type { Booked, Charged, PocketShare, Refunded } from './messages.js';
import type { OwnPrices, Quantities } from './own-prices.js';

/** What the gateway was told of one charge, and what it had worked out before. Amounts are 10^-9 dollars. */
export interface ChargeEntry {
  readonly keyId: string;
  readonly model: string;
  /** What its usage costs by the gateway's own calculation. */
  total: bigint;
  usage: Quantities;
  cost: bigint;
  draws: readonly PocketShare[];
  shortfall: bigint;
  refunded: bigint;
  /** What refunds reversed of its shortfall. */
  reversed: bigint;
  late: boolean;
  unpriced: boolean;
  /** False while there were only interim settles. */
  final: boolean;
}

/** What the gateway knows of one account's money. */
export interface AccountEntry {
  readonly name: string;
  readonly charges: Map<string, ChargeEntry>;
  /** What is held by reservations that have neither ended nor expired. */
  readonly holds: Map<string, bigint>;
  /** What each command moved into the account's pockets (or out of them, below 0), by kind of movement. */
  readonly movements: Map<string, Map<string, bigint>>;
  /** Grants by their pocket. */
  readonly grants: Map<string, { readonly amount: bigint; readonly expiresAtMs: number }>;
  /** What refunds put back into pockets. */
  readonly returned: PocketShare[];
  /** What later payments collected of shortfall. */
  collected: bigint;
}

/**
 * The gateway's own books: every answer that it was given, and its own price of every usage. It computes nothing that
 * it could ask the service for, and asks the service for nothing that it can compute.
 */
export class ClientRecord {
  readonly accounts = new Map<string, AccountEntry>();

  constructor(
    private readonly prices: OwnPrices,
    private readonly agreement: Agreement,
  ) {}

  open(accountId: string, name: string): void {
    this.accounts.set(accountId, {
      name,
      charges: new Map(),
      holds: new Map(),
      movements: new Map(),
      grants: new Map(),
      returned: [],
      collected: 0n,
    });
  }

  account(accountId: string): AccountEntry {
    const found = this.accounts.get(accountId);
    if (!found) throw new Error(`the gateway opened no account ${accountId}`);
    return found;
  }

  funded(commandId: string, { accountId, amount, shortfallPaid }: Booked): void {
    const account = this.account(accountId);
    this.#move(account, commandId, 'deposit', usd(amount));
    this.#move(account, commandId, 'collected', -usd(shortfallPaid));
    account.collected += usd(shortfallPaid);
  }

  granted(commandId: string, expiresAtMs: number, { accountId, amount, pocketId }: Booked): void {
    const account = this.account(accountId);
    this.#move(account, commandId, 'grant', usd(amount));
    account.grants.set(pocketId, { amount: usd(amount), expiresAtMs });
  }

  adjusted(commandId: string, { accountId, amount }: Booked): void {
    this.#move(this.account(accountId), commandId, 'adjustment', usd(amount));
  }

  held(accountId: string, reservationId: string, hold: bigint): void {
    this.account(accountId).holds.set(reservationId, hold);
  }

  /** Its hold is gone: it was released, or it expired. */
  freed(accountId: string, reservationId: string): void {
    this.account(accountId).holds.delete(reservationId);
  }

  /**
   * Takes down a Settle or a Charge.
   *
   * @param hold what is still held after it: nothing, unless it was an interim settle
   */
  charged(commandId: string, usage: Quantities, cost: string | undefined, answer: Charged, hold = 0n): ChargeEntry {
    const { accountId, chargeId, keyId, model } = answer;
    const account = this.account(accountId);
    const entry = account.charges.get(chargeId) ?? newEntry(keyId, model);
    const before = sumOf(entry.draws);
    const price = this.prices.priceOf(model, usage);
    this.#expectCharged(entry, price, answer);
    entry.total = price.amount;
    entry.usage = usage;
    if (cost !== undefined) entry.cost = usd(cost);
    entry.draws = answer.draws ?? [];
    entry.shortfall += usd(answer.shortfall);
    entry.late = answer.late ?? false;
    entry.unpriced = price.unpriced.length > 0;
    entry.final ||= answer.final ?? false;
    account.charges.set(chargeId, entry);
    this.agreement.same(
      `what pockets paid and nobody paid of charge ${chargeId}`,
      usdText(price.amount),
      usdText(sumOf(entry.draws) + entry.shortfall),
    );
    const drawn = sumOf(entry.draws) - before;
    this.#move(account, commandId, drawn < 0n ? 'refund' : 'settle', -drawn);
    if (hold > 0n) account.holds.set(chargeId, hold);
    else account.holds.delete(chargeId);
    return entry;
  }

  /** A released reservation keeps what interim settles charged. */
  released(accountId: string, reservationId: string): void {
    this.freed(accountId, reservationId);
    const entry = this.account(accountId).charges.get(reservationId);
    if (entry) entry.final = true;
  }

  refunded(commandId: string, { accountId, chargeId, amount, shortfallReversed, returned = [] }: Refunded): void {
    const account = this.account(accountId);
    const entry = account.charges.get(chargeId);
    if (!entry) throw new Error(`the gateway knows no charge ${chargeId}`);
    entry.refunded += usd(amount);
    entry.reversed += usd(shortfallReversed);
    account.returned.push(...returned);
    this.#move(account, commandId, 'refund', usd(amount) - usd(shortfallReversed));
  }

  #expectCharged(
    before: ChargeEntry,
    price: { readonly amount: bigint; readonly unpriced: readonly string[] },
    answer: Charged,
  ): void {
    const what = `charge ${answer.chargeId} of ${answer.model}`;
    this.agreement.same(`${what}: total`, usdText(price.amount), answer.total);
    this.agreement.same(`${what}: amount`, usdText(price.amount - before.total), answer.amount);
    this.agreement.same(`${what}: unpriced`, price.unpriced.join(), (answer.unpriced ?? []).join());
  }

  #move(account: AccountEntry, commandId: string, kind: string, amount: bigint): void {
    if (amount === 0n) return;
    const movements = account.movements.get(commandId) ?? new Map<string, bigint>();
    movements.set(kind, (movements.get(kind) ?? 0n) + amount);
    account.movements.set(commandId, movements);
  }
}

function newEntry(keyId: string, model: string): ChargeEntry {
  return {
    keyId,
    model,
    total: 0n,
    usage: {},
    cost: 0n,
    draws: [],
    shortfall: 0n,
    refunded: 0n,
    reversed: 0n,
    late: false,
    unpriced: false,
    final: false,
  };
}

function sumOf(shares: readonly PocketShare[]): bigint {
  let sum = 0n;
  for (const { amount } of shares) sum += usd(amount);
  return sum;
}

/** Adds quantities to sums of them by meter. */
export function addUsage(sums: Map<string, bigint>, usage: Quantities): void {
  for (const [meter, text] of Object.entries(usage)) sums.set(meter, (sums.get(meter) ?? 0n) + quantity(text));
}
