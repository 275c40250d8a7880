import type { Account, ChargeBooks, Key, Pocket, Reservation, Share } from '../core/ledger/books.js';
import type { AccountSettings, ContentTier, KeyScope } from '../core/ledger/commands.js';

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
  body: ReservationBody;
}

export function readReservation(row: ReservationRow): Reservation {
  const { body } = row;
  // Field by field: to spread the body takes several times as long, and every settle comes through here.
  return {
    id: row.id,
    keyId: body.keyId,
    status: row.status,
    expiresAt: Number(row.expires_at),
    asset: row.asset,
    priceVersionId: body.priceVersionId,
    candidates: body.candidates,
    ceiling: BigInt(body.ceiling),
    holds: readShares(body.holds),
    charged: BigInt(row.charged),
    draws: readShares(body.draws),
    usage: body.usage,
    dimensions: body.dimensions,
    candidate: body.candidate,
    cost: BigInt(body.cost),
    tags: body.tags,
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
