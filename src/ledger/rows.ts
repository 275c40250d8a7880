import type { Account, ChargeBooks, Key, Pocket, Reservation, Share } from '../core/ledger/books.js';
import type { AccountSettings, ContentTier, KeyScope, Reserve } from '../core/ledger/commands.js';
import { type StoredBody, unpackBody } from '../core/ledger/journal-body.js';
import { journaledAmount } from '../core/money/amount.js';
import { assetOf } from '../core/money/asset.js';

/*
 * State tables' rows, and how they are read and written. Amounts are numeric in the tables and strings on the wire;
 * moments are milliseconds, which the driver hands over as text.
 */

export interface AccountRow {
  id: string;
  settings: AccountSettings;
  opened_at: string;
}

export function readAccount(row: AccountRow): Account {
  return { id: row.id, settings: row.settings, openedAt: Number(row.opened_at) };
}

export interface PocketRow {
  account_id: string;
  id: string;
  asset: string;
  kind: Pocket['kind'];
  balance: string;
  held: string;
  credit_limit: string;
  expires_at: string | null;
  priority: number;
  opened_at: string;
}

/** Reads an open pocket: closed ones are not loaded. */
export function readPocket(row: PocketRow): Pocket {
  return {
    id: row.id,
    asset: row.asset,
    kind: row.kind,
    balance: BigInt(row.balance),
    held: BigInt(row.held),
    creditLimit: BigInt(row.credit_limit),
    expiresAt: momentOrNull(row.expires_at),
    priority: row.priority,
    openedAt: Number(row.opened_at),
    closed: false,
  };
}

export interface KeyRow {
  account_id: string;
  id: string;
  label: string;
  scope: KeyScope;
  tier: ContentTier;
  models: string[] | null;
  expires_at: string | null;
  revoked_at: string | null;
  minted_at: string;
}

export function readKey(row: KeyRow): Key {
  return {
    id: row.id,
    label: row.label,
    scope: row.scope,
    tier: row.tier,
    models: row.models,
    expiresAt: momentOrNull(row.expires_at),
    revokedAt: momentOrNull(row.revoked_at),
    mintedAt: Number(row.minted_at),
  };
}

type StoredShares = readonly (readonly [pocketId: string, amount: string])[];

/** What a reservation's row keeps as JSON, because nothing is ever looked up by it. */
type ReservationBody = Pick<
  Reservation,
  'keyId' | 'priceVersionId' | 'candidates' | 'usage' | 'dimensions' | 'candidate' | 'tags'
> & {
  readonly ceiling: string;
  readonly holds: StoredShares;
  readonly draws: StoredShares;
  readonly cost: string;
};

export interface ReservationRow {
  account_id: string;
  id: string;
  status: Reservation['status'];
  expires_at: string;
  asset: string;
  charged: string;
  /** Null while the reservation is as its Reserve made it; then `made` and `made_at` are of the Reserve's journal row. */
  body: ReservationBody | null;
  made?: StoredBody | null;
  made_at?: string | null;
}

/** Selects what `readReservation` needs besides the columns of the reservation `r`; `MADE_BY` brings it. */
export const MADE_COLUMNS = `m.body AS made, (extract(epoch FROM m.now) * 1000)::bigint AS made_at`;

/** Finds the Reserve's journal row of the reservation `r` where that has no body of its own. */
export const MADE_BY = `LEFT JOIN LATERAL (
           SELECT j.now, j.body FROM journal j
           WHERE r.body IS NULL AND j.command_id = r.id AND j.slot = 'cmd' AND j.account_id = r.account_id AND j.bucket = r.bucket
           OFFSET 0) AS m ON true`;

export function readReservation(row: ReservationRow): Reservation {
  const { id, status, asset } = row;
  const common = { id, status, asset, expiresAt: Number(row.expires_at), charged: BigInt(row.charged) };
  return { ...common, ...(row.body ? readBody(row.body) : readMade(row)) };
}

type Told = Omit<Reservation, 'id' | 'status' | 'asset' | 'expiresAt' | 'charged'>;

function readBody(body: ReservationBody): Told {
  const { keyId, priceVersionId, candidates, usage, dimensions, candidate, tags } = body;
  return {
    keyId,
    priceVersionId,
    candidates,
    usage,
    dimensions,
    candidate,
    tags,
    ceiling: BigInt(body.ceiling),
    holds: readShares(body.holds),
    draws: readShares(body.draws),
    cost: BigInt(body.cost),
  };
}

/** As the Reserve made it: nothing of it is settled, extended or expired. */
function readMade({ id, asset, made, made_at }: ReservationRow): Told {
  if (!made) throw new Error(`reservation ${id} has no body, and the journal no Reserve of it`);
  const { asked, value } = unpackBody(made, { type: 'Reserve', commandId: id, now: Number(made_at) });
  if (value.type !== 'reservation') throw new Error(`the journal has a ${value.type} where reservation ${id} was made`);
  const { candidates, tags = {} } = asked as unknown as Pick<Reserve, 'candidates' | 'tags'>;
  const unit = assetOf(asset);
  return {
    keyId: value.keyId,
    priceVersionId: value.priceVersionId,
    candidates,
    ceiling: journaledAmount(value.hold, unit),
    holds: value.holds.map(({ pocketId, amount }) => ({ pocketId, amount: journaledAmount(amount, unit) })),
    draws: [],
    usage: {},
    dimensions: {},
    candidate: 0,
    cost: 0n,
    tags,
  };
}

export function reservationBody(reservation: Reservation): string {
  const { keyId, priceVersionId, candidates, usage, dimensions, candidate, tags } = reservation;
  const body: ReservationBody = {
    keyId,
    priceVersionId,
    candidates,
    usage,
    dimensions,
    candidate,
    tags,
    ceiling: reservation.ceiling.toString(),
    holds: storeShares(reservation.holds),
    draws: storeShares(reservation.draws),
    cost: reservation.cost.toString(),
  };
  return JSON.stringify(body);
}

interface ChargeBody {
  readonly collected: StoredShares;
  readonly reversed: string;
}

export interface ChargeRow {
  account_id: string;
  id: string;
  asset: string;
  opened_at: string;
  uncollected: string;
  refunded: string;
  body: ChargeBody;
}

export function readCharge(row: Omit<ChargeRow, 'account_id'>): ChargeBooks {
  return {
    id: row.id,
    asset: row.asset,
    openedAt: Number(row.opened_at),
    uncollected: BigInt(row.uncollected),
    refunded: BigInt(row.refunded),
    collected: readShares(row.body.collected),
    reversed: BigInt(row.body.reversed),
  };
}

export function chargeBody(charge: ChargeBooks): string {
  const body: ChargeBody = { collected: storeShares(charge.collected), reversed: charge.reversed.toString() };
  return JSON.stringify(body);
}

function readShares(stored: StoredShares): Share[] {
  return stored.map(([pocketId, amount]) => ({ pocketId, amount: BigInt(amount) }));
}

function storeShares(shares: readonly Share[]): StoredShares {
  return shares.map(({ pocketId, amount }) => [pocketId, amount.toString()]);
}

function momentOrNull(text: string | null): number | null {
  return text === null ? null : Number(text);
}
