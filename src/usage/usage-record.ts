import type { ChargedValue, RefundedValue, ReleasedValue } from '../core/ledger/outcome.js';
import { parseSignedAmount } from '../core/money/amount.js';
import { assetOf } from '../core/money/asset.js';
import type { PriceLine, Quantities } from '../core/pricing/price.js';
import type { JournalEntry } from '../journal/journal-entry.js';

/**
 * - `settle`: the final settle of a reservation. `interim`: one in part. `charge`: a charge without a reservation.
 * - `release`: the end of a reservation that had been charged in part, and keeps that.
 * - `refund`: money given back.
 */
export type UsageKind = 'settle' | 'interim' | 'charge' | 'release' | 'refund';

/** What one journal row says of usage. Amounts are minor units of the asset. */
export interface UsageRecord {
  readonly bucket: number;
  readonly position: number;
  readonly accountId: string;
  readonly keyId: string;
  readonly model: string;
  readonly kind: UsageKind;
  readonly commandId: string;
  readonly chargeId: string;
  readonly asset: string;
  /** By how much it changed what is charged; of a refund, how much it gave back. */
  readonly amount: bigint;
  /** All that is charged under the charge's id so far; of a refund, all that refunds gave back of it. */
  readonly total: bigint;
  /** By how much the shortfall changed. */
  readonly shortfall: bigint;
  /** By how much what upstream charged grew; null where it was not told. */
  readonly cost: bigint | null;
  readonly late: boolean;
  readonly estimated: boolean;
  readonly usageDelta: Quantities;
  readonly unpriced: readonly string[];
  readonly lines: readonly PriceLine[];
  readonly tags: Readonly<Record<string, string>>;
  readonly occurredAt: number;
  readonly bookedAt: number;
}

/** The types of commands whose rows may say something of usage. */
export const USAGE_TYPES = ['Settle', 'Charge', 'Release', 'Refund'] as const;

/** The usage record of a journal row; undefined for rows that say nothing of usage. */
export function usageRecordOf(entry: JournalEntry): UsageRecord | undefined {
  const { value } = entry.body;
  switch (value.type) {
    case 'charged':
      return ofCharge(entry, value);
    case 'released':
      return ofRelease(entry, value);
    case 'refunded':
      return ofRefund(entry, value);
    default:
      return undefined;
  }
}

function ofCharge(entry: JournalEntry, value: ChargedValue): UsageRecord {
  const { asset } = value;
  return {
    ...placeOf(entry),
    keyId: value.keyId,
    model: value.model,
    kind: entry.type === 'Charge' ? 'charge' : value.final ? 'settle' : 'interim',
    chargeId: value.chargeId,
    asset,
    amount: minor(value.amount, asset),
    total: minor(value.total, asset),
    shortfall: minor(value.shortfall, asset),
    cost: value.costDelta === undefined ? null : minor(value.costDelta, asset),
    late: value.late,
    estimated: value.estimated,
    usageDelta: value.usageDelta,
    unpriced: value.unpriced,
    lines: value.lines,
    tags: value.tags ?? {},
    occurredAt: value.occurredAt,
  };
}

/** A release says something only of a reservation that had been charged in part. */
function ofRelease(entry: JournalEntry, value: ReleasedValue): UsageRecord | undefined {
  const { asset, keyId, model } = value;
  if (asset === null || keyId === null || model === null || minor(value.total, asset) === 0n) return undefined;
  return {
    ...placeOf(entry),
    ...NOTHING_USED,
    keyId,
    model,
    kind: 'release',
    chargeId: value.reservationId,
    asset,
    amount: 0n,
    total: minor(value.total, asset),
    shortfall: 0n,
    occurredAt: entry.now,
  };
}

function ofRefund(entry: JournalEntry, value: RefundedValue): UsageRecord {
  const { asset, keyId, model } = value;
  if (keyId === null || model === null)
    throw new Error(`refund ${entry.commandId} does not say of which key and model`);
  return {
    ...placeOf(entry),
    ...NOTHING_USED,
    keyId,
    model,
    kind: 'refund',
    chargeId: value.chargeId,
    asset,
    amount: minor(value.amount, asset),
    total: minor(value.refundedTotal, asset),
    shortfall: -minor(value.shortfallReversed, asset),
    occurredAt: entry.now,
  };
}

const NOTHING_USED = {
  cost: null,
  late: false,
  estimated: false,
  usageDelta: {},
  unpriced: [],
  lines: [],
  tags: {},
} as const;

function placeOf({ bucket, position, accountId, commandId, now }: JournalEntry) {
  return { bucket, position, accountId, commandId, bookedAt: now };
}

function minor(text: string, asset: string): bigint {
  const parsed = parseSignedAmount(text, assetOf(asset));
  if (!parsed.ok) throw new Error(`the journal holds the amount ${text}`);
  return parsed.minor;
}
