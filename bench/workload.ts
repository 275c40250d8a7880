import { readFileSync } from 'node:fs';
import { newId } from 'tollgate/client';
import type { AccountSettings, Command, Reserve, Settle } from '#tollgate/core/ledger/commands.js';
import type { PinnedBook } from '#tollgate/core/ledger/context.js';
import { ownId } from '#tollgate/core/ledger/ids.js';
import type { Outcome } from '#tollgate/core/ledger/outcome.js';
import { compileBook } from '#tollgate/core/pricing/compile-book.js';
import { parseBook } from '#tollgate/core/pricing/parse-book.js';
import type { PriceSource } from '#tollgate/ledger/price-source.js';
import { newSecret } from '#tollgate/secrets/secret.js';

/** An account with the one key that its requests are made with. */
export interface BenchAccount {
  readonly accountId: string;
  readonly keyId: string;
  /** What a gateway is sent by the customer. */
  readonly secret: string;
}

/** Which accounts a round's pairs are on. */
export interface Workload {
  readonly name: 'hot' | 'spread';
  readonly accounts: readonly BenchAccount[];
}

export type Submit = (command: Command) => Promise<Outcome>;

const MODEL = 'claude-opus-4-5';
/** The default of the service, too. */
export const TTL_MS = 600_000;
/** More than any run can spend: a refusal would be a pair that wrote nothing. */
const FUNDS = '1000000000';
const OPENING_AT_ONCE = 2_000;

/** The sample price book, in force for ever. */
export function samplePrices(): PriceSource {
  const file = new URL('../examples/price-books/nightveil.json', import.meta.url);
  const parsed = parseBook(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.ok) throw new Error(`the sample price book: ${JSON.stringify(parsed.issues)}`);
  const pinned: PinnedBook = { priceVersionId: newId(), book: compileBook(parsed.book) };
  return {
    inForce: () => pinned,
    version: () => pinned,
    ensureVersions: () => Promise.resolve(),
    ensureBooks: () => Promise.resolve(),
  };
}

/** Opens accounts through the engine, each with a key and with funds. */
export async function openAccounts(submit: Submit, count: number): Promise<BenchAccount[]> {
  const accounts: BenchAccount[] = [];
  while (accounts.length < count) {
    const opening = Math.min(OPENING_AT_ONCE, count - accounts.length);
    accounts.push(...(await Promise.all(Array.from({ length: opening }, () => openAccount(submit)))));
  }
  return accounts;
}

async function openAccount(submit: Submit): Promise<BenchAccount> {
  const accountId = newId();
  const mint = { id: newId(), accountId };
  await Promise.all([
    succeed(submit, { type: 'OpenAccount', id: accountId, accountId, settings: SETTINGS }),
    succeed(submit, {
      type: 'MintKey',
      ...mint,
      label: 'bench',
      scope: 'inference',
      tier: 'sfw',
      models: null,
      expiresAt: null,
    }),
    succeed(submit, {
      type: 'Fund',
      id: newId(),
      accountId,
      asset: 'USD',
      amount: FUNDS,
      reference: `bench-${accountId}`,
    }),
  ]);
  return { accountId, keyId: ownId(mint, 'key'), secret: newSecret('nv_') };
}

const SETTINGS: AccountSettings = {
  name: 'Bench',
  status: 'ACTIVE',
  plan: null,
  planUntil: null,
  ageVerified: false,
  complianceByAgreement: false,
  books: { USD: 'nightveil' },
  creditLimits: {},
  timeZone: 'UTC',
  collectShortfall: true,
};

/** Submits a command that must be carried out. */
export async function succeed(submit: Submit, command: Command): Promise<void> {
  const outcome = await submit(command);
  if (!outcome.ok) throw new Error(`${command.type} was refused: ${outcome.code} ${outcome.message}`);
}

/** The hold of a chat request whose input is known and whose output is capped. */
export function newReserve({ accountId, keyId }: Pick<BenchAccount, 'accountId' | 'keyId'>): Reserve {
  const quantities = { input_tokens: String(between(100, 8_000)), output_tokens: '4096' };
  return {
    type: 'Reserve',
    id: newId(),
    accountId,
    keyId,
    candidates: [{ model: MODEL, quantities, dimensions: {} }],
    ttlMs: TTL_MS,
  };
}

/** The real usage of that request: the same input, and some of the output that was held. */
export function newSettle({ id, accountId, candidates }: Reserve): Settle {
  const usage = {
    input_tokens: candidates[0]?.quantities.input_tokens ?? '0',
    output_tokens: String(between(1, 4_096)),
  };
  return { type: 'Settle', id, accountId, reservationId: id, final: true, candidate: 0, usage };
}

function between(least: number, most: number): number {
  return least + Math.floor(Math.random() * (most - least + 1));
}
