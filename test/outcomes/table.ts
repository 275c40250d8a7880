import type { AccountSettings, Candidate, Command, MintKey, UpdateKey } from '../../src/core/ledger/commands.js';
import { derivedId, ownId } from '../../src/core/ledger/ids.js';
import type { RefusalCode } from '../../src/core/ledger/outcome.js';

/*
 * Outcome tables: one command a row, its named outcome last. A table is data, and runs both against the pure core and
 * through the engine on a real PostgreSQL. Names like `r1` stand for ids; moments are milliseconds after the start.
 */

/** What a row expects: success, a repetition, a refusal by its code, or success with (at least) these values. */
export type Expected = 'ok' | 'replayed' | RefusalCode | Readonly<Record<string, unknown>>;

/** The table's place in time: ids and moments are counted from `start`. */
export interface World {
  readonly start: number;
  readonly id: (name: string) => string;
}

export type Row =
  | { readonly does: 'command'; readonly command: (world: World) => Command; readonly expected: Expected }
  | { readonly does: 'wait'; readonly ms: number }
  | { readonly does: 'pockets'; readonly account: string; readonly expected: Readonly<Record<string, string>> };

export interface Table {
  readonly name: string;
  readonly rows: readonly Row[];
}

export function worldAt(start: number): World {
  return { start, id: (name) => derivedId(start, name) };
}

type Make = (world: World) => Command;

/** A row: this command has this outcome. */
export function expectOutcome(command: Make, expected: Expected): Row {
  return { does: 'command', command, expected };
}

/** Time goes by. */
export function wait(ms: number): Row {
  return { does: 'wait', ms };
}

/**
 * The account's open pockets as `balance/held`, by name: `paid`, `credit`, or the name of the Grant that made it.
 * Empty pockets are not named.
 */
export function pockets(account: string, expected: Readonly<Record<string, string>>): Row {
  return { does: 'pockets', account, expected };
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const SETTINGS: AccountSettings = {
  name: 'Table account',
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

export function open(account: string, settings: Partial<AccountSettings> = {}): Make {
  return ({ id }) => ({
    type: 'OpenAccount',
    id: id(account),
    accountId: id(account),
    settings: { ...SETTINGS, ...settings },
  });
}

/** `planUntil` is counted from the start. */
export function update(name: string, account: string, { planUntil, ...set }: Partial<AccountSettings>): Make {
  return ({ id, start }) => ({
    type: 'UpdateAccount',
    id: id(name),
    accountId: id(account),
    set: typeof planUntil === 'number' ? { ...set, planUntil: start + planUntil } : set,
  });
}

/** `expiresAt` is counted from the start. */
export function mint(
  key: string,
  account: string,
  { expiresAt, ...more }: Partial<Omit<MintKey, 'type' | 'id' | 'accountId'>> = {},
): Make {
  return ({ id, start }) => ({
    type: 'MintKey',
    id: id(key),
    accountId: id(account),
    label: key,
    scope: 'inference',
    tier: 'sfw',
    models: null,
    expiresAt: typeof expiresAt === 'number' ? start + expiresAt : null,
    ...more,
  });
}

export function updateKey(name: string, account: string, key: string, set: UpdateKey['set']): Make {
  return ({ id }) => ({ type: 'UpdateKey', id: id(name), accountId: id(account), keyId: keyOf(id, account, key), set });
}

export function revoke(name: string, account: string, key: string): Make {
  return ({ id }) => ({ type: 'RevokeKey', id: id(name), accountId: id(account), keyId: keyOf(id, account, key) });
}

export function fund(name: string, account: string, amount: string, reference = name, asset = 'USD'): Make {
  return ({ id }) => ({ type: 'Fund', id: id(name), accountId: id(account), asset, amount, reference });
}

export function grant(
  name: string,
  account: string,
  amount: string,
  more: { expiresAt?: number; priority?: number } = {},
): Make {
  return ({ id, start }) => ({
    type: 'Grant',
    id: id(name),
    accountId: id(account),
    asset: 'USD',
    amount,
    expiresAt: more.expiresAt === undefined ? null : start + more.expiresAt,
    priority: more.priority ?? 100,
    reason: 'table',
  });
}

export function adjust(name: string, account: string, amount: string, grantName?: string): Make {
  return ({ id }) => ({
    type: 'Adjust',
    id: id(name),
    accountId: id(account),
    asset: 'USD',
    amount,
    reason: 'table',
    ...(grantName !== undefined && { pocketId: ownId({ id: id(grantName), accountId: id(account) }, 'grant') }),
  });
}

/** A candidate: that many units of a model that costs $1 a unit, unless said otherwise. */
export function units(count: string, model = 'unit'): Candidate {
  return { model, quantities: { units: count }, dimensions: {} };
}

interface ReserveMore {
  readonly key?: string;
  readonly ttlMs?: number;
  readonly tags?: Record<string, string>;
}

export function reserve(
  name: string,
  account: string,
  candidates: Candidate | readonly Candidate[],
  more: ReserveMore = {},
): Make {
  return ({ id }) => ({
    type: 'Reserve',
    id: id(name),
    accountId: id(account),
    keyId: keyOf(id, account, more.key ?? 'key'),
    candidates: 'model' in candidates ? [candidates] : candidates,
    ttlMs: more.ttlMs ?? 10 * MINUTE,
    ...(more.tags && { tags: more.tags }),
  });
}

interface SettleMore {
  readonly candidate?: number;
  readonly cost?: string;
  readonly estimated?: boolean;
  readonly dimensions?: Record<string, string>;
}

/** The final settle of a reservation, with that many units. */
export function settle(
  reservation: string,
  account: string,
  usage: string | Record<string, string>,
  more: SettleMore = {},
): Make {
  return settleAs(reservation, reservation, account, usage, true, more);
}

/** An interim settle, with an id of its own. */
export function interim(
  name: string,
  reservation: string,
  account: string,
  usage: string | Record<string, string>,
  more: SettleMore = {},
): Make {
  return settleAs(name, reservation, account, usage, false, more);
}

function settleAs(
  name: string,
  reservation: string,
  account: string,
  usage: string | Record<string, string>,
  final: boolean,
  { candidate = 0, ...more }: SettleMore,
): Make {
  return ({ id }) => ({
    type: 'Settle',
    id: id(name),
    accountId: id(account),
    reservationId: id(reservation),
    final,
    candidate,
    usage: typeof usage === 'string' ? { units: usage } : usage,
    ...more,
  });
}

export function release(reservation: string, account: string): Make {
  return ({ id }) => ({ type: 'Release', id: id(reservation), accountId: id(account), reservationId: id(reservation) });
}

interface ExtendMore {
  readonly ttlMs?: number;
  readonly expiresAt?: number;
  readonly holdAmount?: string;
  readonly quantities?: Record<string, string>;
}

export function extend(name: string, reservation: string, account: string, { expiresAt, ...more }: ExtendMore): Make {
  return ({ id, start }) => ({
    type: 'Extend',
    id: id(name),
    accountId: id(account),
    reservationId: id(reservation),
    ...(expiresAt !== undefined && { expiresAt: start + expiresAt }),
    ...more,
  });
}

interface ChargeMore {
  readonly key?: string;
  readonly model?: string;
  readonly incurred?: boolean;
  readonly occurredAt?: number;
}

export function charge(
  name: string,
  account: string,
  usage: string | Record<string, string>,
  more: ChargeMore = {},
): Make {
  return ({ id, start }) => ({
    type: 'Charge',
    id: id(name),
    accountId: id(account),
    keyId: keyOf(id, account, more.key ?? 'key'),
    model: more.model ?? 'unit',
    usage: typeof usage === 'string' ? { units: usage } : usage,
    dimensions: {},
    incurred: more.incurred ?? false,
    ...(more.occurredAt !== undefined && { occurredAt: start + more.occurredAt }),
  });
}

export function refund(name: string, chargeName: string, account: string, amount?: string): Make {
  return ({ id }) => ({
    type: 'Refund',
    id: id(name),
    accountId: id(account),
    chargeId: id(chargeName),
    ...(amount !== undefined && { amount }),
    reason: 'table',
  });
}

export function expire(account: string): Make {
  return ({ id }) => ({ type: 'Expire', id: id('expire'), accountId: id(account) });
}

function keyOf(id: World['id'], account: string, key: string): string {
  return ownId({ id: id(key), accountId: id(account) }, 'key');
}

/** The rows that most tables begin with: an account with a key called `key`, and so much paid money. */
export function funded(account: string, amount: string, settings: Partial<AccountSettings> = {}): Row[] {
  const rows = [expectOutcome(open(account, settings), 'ok'), expectOutcome(mint('key', account), 'ok')];
  return amount === '0' ? rows : [...rows, expectOutcome(fund(`fund-${account}`, account, amount), 'ok')];
}

/** The price book of the tables: a unit is a dollar. */
export const TABLE_BOOK = {
  book: 'table',
  asset: 'USD',
  models: [
    { model: 'unit', category: 'text', rates: [{ meter: 'units', per: '1', price: '1' }] },
    { model: 'dear', category: 'text', rates: [{ meter: 'units', per: '1', price: '3' }] },
    {
      model: 'chat',
      category: 'text',
      rates: [
        { meter: 'input_tokens', per: '1000000', price: '2' },
        { meter: 'output_tokens', per: '1000000', price: '10' },
      ],
    },
    { model: 'gold', category: 'text', rates: [{ meter: 'units', per: '1', price: '999999' }] },
    { model: 'free', category: 'text', rates: [{ meter: 'units', per: '1', price: '0' }] },
    { model: 'unlisted', category: 'image', listing: 'see_console', rates: [] },
    { model: 'wild', category: 'text', content_tier: 'uncensored', rates: [{ meter: 'units', per: '1', price: '1' }] },
    { model: 'members', category: 'text', plans: ['pro'], rates: [{ meter: 'units', per: '1', price: '1' }] },
    {
      model: 'picture',
      category: 'image',
      dimensions: { resolution: { values: ['1K', '2K'], default: '1K' } },
      rates: [
        { meter: 'images', per: '1', price: '1', when: { resolution: '1K' } },
        { meter: 'images', per: '1', price: '2', when: { resolution: '2K' } },
      ],
    },
  ],
};
