import type { AccountSettings, Command } from '../../src/core/ledger/commands.js';
import { ownId } from '../../src/core/ledger/ids.js';
import type { Outcome } from '../../src/core/ledger/outcome.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import { newId } from '../support/ids.js';

/** An account that was opened and funded through the engine, with one key. */
export interface Customer {
  readonly accountId: string;
  readonly keyId: string;
}

const SETTINGS: AccountSettings = {
  name: 'Customer',
  status: 'ACTIVE',
  plan: null,
  planUntil: null,
  ageVerified: false,
  complianceByAgreement: false,
  books: { USD: 'table' },
  creditLimits: {},
  timeZone: 'UTC',
  collectShortfall: true,
};

export async function openCustomer(ledger: Ledger, amount: string): Promise<Customer> {
  const accountId = newId();
  await succeed(ledger, { type: 'OpenAccount', id: accountId, accountId, settings: SETTINGS });
  const mintId = newId();
  await succeed(ledger, {
    type: 'MintKey',
    id: mintId,
    accountId,
    label: 'key',
    scope: 'inference',
    tier: 'sfw',
    models: null,
    expiresAt: null,
  });
  await succeed(ledger, { type: 'Fund', id: newId(), accountId, asset: 'USD', amount, reference: newId() });
  return { accountId, keyId: ownId({ id: mintId, accountId }, 'key') };
}

export async function succeed(ledger: Ledger, command: Command): Promise<void> {
  const outcome = await ledger.submit(command);
  if (!outcome.ok) throw new Error(`${command.type}: ${outcome.code} ${outcome.message}`);
}

/** A Reserve of so many units of the model that costs a dollar each. */
export function reserveUnits({ accountId, keyId }: Customer, units: string, id = newId(), ttlMs = 600_000): Command {
  return {
    type: 'Reserve',
    id,
    accountId,
    keyId,
    candidates: [{ model: 'unit', quantities: { units }, dimensions: {} }],
    ttlMs,
  };
}

export function settleUnits({ accountId }: Customer, reservationId: string, units: string): Command {
  return { type: 'Settle', id: reservationId, accountId, reservationId, final: true, candidate: 0, usage: { units } };
}

export function releaseOf({ accountId }: Customer, reservationId: string): Command {
  return { type: 'Release', id: reservationId, accountId, reservationId };
}

/** The name of an outcome: `ok`, `replayed`, or the refusal's code. */
export function nameOf(outcome: Outcome): string {
  return outcome.ok ? (outcome.replayed ? 'replayed' : 'ok') : outcome.code;
}

export function countNames(outcomes: readonly Outcome[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) counts[nameOf(outcome)] = (counts[nameOf(outcome)] ?? 0) + 1;
  return counts;
}
