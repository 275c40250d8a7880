import { type AccountEntry, addUsage, type ClientRecord } from './client-record.js';
import { usd } from './decimal.js';
import type { PocketShare } from './messages.js';

/** What an account's books must say, by the gateway's own record. Amounts are 10^-9 dollars. */
export interface AccountFigures {
  /** All its pockets, the credit line included. */
  readonly total: bigint;
  readonly held: bigint;
  readonly shortfall: bigint;
  /** Sums by kind of movement; what a grant lost when it expired is `expiry`. */
  readonly movements: ReadonlyMap<string, bigint>;
}

export interface UsageFigures {
  requests: number;
  readonly usage: Map<string, bigint>;
  amount: bigint;
  refunded: bigint;
  cost: bigint;
  shortfall: bigint;
  late: number;
  unpriced: number;
}

export function figuresOf(account: AccountEntry, nowMs: number): AccountFigures {
  const movements = new Map<string, bigint>();
  for (const kinds of account.movements.values()) for (const [kind, amount] of kinds) add(movements, kind, amount);
  const expired = expiredOf(account, nowMs);
  if (expired > 0n) add(movements, 'expiry', -expired);
  const unpaid = sum([...account.charges.values()].map((charge) => charge.shortfall - charge.reversed));
  const shortfall = unpaid - account.collected;
  return { total: sum([...movements.values()]), held: sum([...account.holds.values()]), shortfall, movements };
}

/** Sums of the account's charges, by what `nameOf` says of each. */
export function usageFigures(
  account: AccountEntry,
  nameOf: (charge: { keyId: string; model: string }) => string,
): Map<string, UsageFigures> {
  const all = new Map<string, UsageFigures>();
  for (const charge of account.charges.values()) {
    const name = nameOf(charge);
    const figures = all.get(name) ?? noUsage();
    if (charge.final) {
      figures.requests += 1;
      if (charge.late) figures.late += 1;
      if (charge.unpriced) figures.unpriced += 1;
    }
    addUsage(figures.usage, charge.usage);
    figures.amount += charge.total;
    figures.refunded += charge.refunded;
    figures.cost += charge.cost;
    figures.shortfall += charge.shortfall - charge.reversed;
    all.set(name, figures);
  }
  return all;
}

export function noUsage(): UsageFigures {
  return { requests: 0, usage: new Map(), amount: 0n, refunded: 0n, cost: 0n, shortfall: 0n, late: 0, unpriced: 0 };
}

/** The operator's accounts, as credits less debits: what each must come to if every account's record is right. */
export function trialFigures(record: ClientRecord, nowMs: number): ReadonlyMap<string, bigint> {
  const trial = new Map<string, bigint>();
  for (const account of record.accounts.values()) {
    const { total, shortfall, movements } = figuresOf(account, nowMs);
    const charges = [...account.charges.values()];
    add(trial, 'customers', total);
    add(trial, 'custody', -(movements.get('deposit') ?? 0n));
    add(trial, 'promotions', -(movements.get('grant') ?? 0n));
    add(trial, 'adjustments', -(movements.get('adjustment') ?? 0n));
    add(trial, 'breakage', -(movements.get('expiry') ?? 0n));
    add(trial, 'shortfall', -shortfall);
    add(trial, 'revenue', sum(charges.map((charge) => charge.total - charge.refunded)));
  }
  return trial;
}

/** Of each grant whose time is over: what was never drawn. */
function expiredOf(account: AccountEntry, nowMs: number): bigint {
  let expired = 0n;
  for (const [pocketId, grant] of account.grants) {
    if (grant.expiresAtMs > nowMs) continue;
    expired += grant.amount;
    for (const { draws } of account.charges.values()) expired -= shareOf(pocketId, draws);
    expired += shareOf(pocketId, account.returned);
  }
  return expired;
}

function shareOf(pocketId: string, shares: readonly PocketShare[]): bigint {
  return sum(shares.filter((share) => share.pocketId === pocketId).map(({ amount }) => usd(amount)));
}

function add(sums: Map<string, bigint>, name: string, amount: bigint): void {
  sums.set(name, (sums.get(name) ?? 0n) + amount);
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
