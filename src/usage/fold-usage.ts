import { parseQuantity } from '../core/money/quantity.js';
import type { JournalEntry } from '../journal/journal-entry.js';
import { type UsageRecord, usageRecordOf } from './usage-record.js';

export const QUARTER_MS = 15 * 60_000;

/** Sums of usage. Amounts are minor units of the asset, quantities whole numbers of 10^-12. */
export interface UsageSums {
  /** Requests that are over: one for each final settle and each charge, and one for a release of what was charged in part. */
  requests: number;
  /** What was charged, before refunds. */
  billed: bigint;
  refunded: bigint;
  /** What was booked as shortfall less what settles and refunds reversed; what funds paid of it later is not taken off. */
  shortfall: bigint;
  /** What upstream charged, as far as it was told. */
  cost: bigint;
  /** Of the requests: how many were settled after their expiry, estimated, or used a meter without a rate. */
  late: number;
  estimated: number;
  unpriced: number;
  readonly meters: Map<string, bigint>;
}

/** What usage is summed by. */
export interface UsageGroup {
  readonly bucket: number;
  readonly accountId: string;
  /** The quarter of an hour UTC in which it was booked: its first millisecond. */
  readonly quarter: number;
  readonly keyId: string;
  readonly model: string;
  readonly asset: string;
}

export interface UsageIncrement {
  readonly group: UsageGroup;
  readonly sums: UsageSums;
}

export interface UsageFold {
  readonly records: readonly UsageRecord[];
  /** One for each group. */
  readonly increments: readonly UsageIncrement[];
}

/** What journal rows add to the usage records and their sums. The follower and the queries' unread tail share it. */
export function foldUsage(entries: readonly JournalEntry[]): UsageFold {
  const records: UsageRecord[] = [];
  const increments = new Map<string, UsageIncrement>();
  for (const entry of entries) {
    const record = usageRecordOf(entry);
    if (!record) continue;
    records.push(record);
    const group = groupOf(record);
    const key = JSON.stringify(Object.values(group));
    let increment = increments.get(key);
    if (!increment) {
      increment = { group, sums: noUsage() };
      increments.set(key, increment);
    }
    addRecord(increment.sums, record);
  }
  return { records, increments: [...increments.values()] };
}

export function noUsage(): UsageSums {
  return {
    requests: 0,
    billed: 0n,
    refunded: 0n,
    shortfall: 0n,
    cost: 0n,
    late: 0,
    estimated: 0,
    unpriced: 0,
    meters: new Map(),
  };
}

export function addSums(sums: UsageSums, more: UsageSums): void {
  sums.requests += more.requests;
  sums.billed += more.billed;
  sums.refunded += more.refunded;
  sums.shortfall += more.shortfall;
  sums.cost += more.cost;
  sums.late += more.late;
  sums.estimated += more.estimated;
  sums.unpriced += more.unpriced;
  for (const [meter, quantity] of more.meters) addQuantity(sums, meter, quantity);
}

export function addQuantity(sums: UsageSums, meter: string, quantity: bigint): void {
  sums.meters.set(meter, (sums.meters.get(meter) ?? 0n) + quantity);
}

function groupOf({ bucket, accountId, keyId, model, asset, bookedAt }: UsageRecord): UsageGroup {
  return { bucket, accountId, quarter: bookedAt - (bookedAt % QUARTER_MS), keyId, model, asset };
}

function addRecord(sums: UsageSums, record: UsageRecord): void {
  sums.shortfall += record.shortfall;
  sums.cost += record.cost ?? 0n;
  if (record.kind === 'refund') sums.refunded += record.amount;
  else sums.billed += record.amount;
  if (record.kind === 'settle' || record.kind === 'charge' || record.kind === 'release') {
    sums.requests += 1;
    if (record.late) sums.late += 1;
    if (record.estimated) sums.estimated += 1;
    if (record.unpriced.length > 0) sums.unpriced += 1;
  }
  for (const [meter, quantity] of Object.entries(record.usageDelta)) addQuantity(sums, meter, readQuantity(quantity));
}

/** Reads a quantity that may be negative, as a final settle's difference may be. */
export function readQuantity(text: string): bigint {
  const scaled = parseQuantity(text.startsWith('-') ? text.slice(1) : text);
  if (scaled === undefined) throw new Error(`the journal holds the quantity ${text}`);
  return text.startsWith('-') ? -scaled : scaled;
}
