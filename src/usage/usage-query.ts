import { type Refusal, refuse } from '../core/ledger/outcome.js';
import type { Quantities } from '../core/pricing/price.js';
import { QUARTER_MS } from './fold-usage.js';

export const TIME_GROUPINGS = ['hour', 'day', 'month'] as const;
export type TimeGrouping = (typeof TIME_GROUPINGS)[number];
export type UsageGrouping = 'key' | 'model' | TimeGrouping;

export interface UsageQuery {
  readonly accountId: string;
  /** From this moment (inclusive) to that (exclusive), both on a quarter of an hour UTC. Default: all there is. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** What each row is for; of hour, day and month at most one. Default: totals alone. */
  readonly groupBy?: readonly UsageGrouping[];
  /** The IANA time zone of hours, days and months. Default: the account's. */
  readonly timeZone?: string | undefined;
  /** Only usage of this key, of this model. */
  readonly keyId?: string | undefined;
  readonly model?: string | undefined;
}

/** Usage of one group in one asset. Amounts and quantities are decimal strings. */
export interface UsageRow {
  /** Set where rows are grouped by them. The label is the one the key has now. */
  readonly keyId?: string;
  readonly keyLabel?: string;
  readonly model?: string;
  /** The beginning of the hour, day or month. */
  readonly at?: number;
  readonly asset: string;
  /** Requests that are over: final settles, charges, and releases of what was charged in part. */
  readonly requests: number;
  /** Quantities by meter. */
  readonly usage: Quantities;
  /** What was charged, and what of it was given back. */
  readonly billed: string;
  readonly refunded: string;
  /** What was booked as shortfall and not reversed. */
  readonly shortfall: string;
  /** What upstream charged, as far as it was told. */
  readonly cost: string;
  readonly late: number;
  readonly estimated: number;
  readonly unpriced: number;
}

export interface UsageReport {
  readonly ok: true;
  /** Ordered by time, then key, then model, then asset. */
  readonly rows: readonly UsageRow[];
  /** One for each asset. */
  readonly totals: readonly UsageRow[];
}

/** A query that is known to make sense, with what was left out filled in. */
export interface CheckedQuery {
  readonly accountId: string;
  readonly from: number;
  /** Undefined is without end. */
  readonly to: number | undefined;
  readonly byKey: boolean;
  readonly byModel: boolean;
  readonly byTime: TimeGrouping | undefined;
  /** Undefined is the account's. */
  readonly timeZone: string | undefined;
  readonly keyId: string | undefined;
  readonly model: string | undefined;
}

export function checkQuery(query: UsageQuery): Refusal | { readonly ok: true; readonly query: CheckedQuery } {
  const { accountId, from = 0, to, groupBy = [], timeZone, keyId, model } = query;
  if (!isQuarter(from)) return notQuarter('from_at_ms');
  if (to !== undefined && !isQuarter(to)) return notQuarter('to_at_ms');
  if (to !== undefined && to < from)
    return refuse('VALIDATION', 'expected a moment that is not before from_at_ms', { field: 'to_at_ms' });
  const [byTime, ...more] = groupBy.filter((grouping) => grouping !== 'key' && grouping !== 'model');
  if (more.length > 0)
    return refuse('VALIDATION', 'expected at most one of hour, day and month', { field: 'group_by' });
  if (timeZone !== undefined && !isTimeZone(timeZone)) return badTimeZone();
  const byKey = groupBy.includes('key');
  const byModel = groupBy.includes('model');
  return { ok: true, query: { accountId, from, to, byKey, byModel, byTime, timeZone, keyId, model } };
}

export function badTimeZone(): Refusal {
  return refuse('VALIDATION', 'expected an IANA time zone, such as "Europe/Berlin"', { field: 'time_zone' });
}

function isQuarter(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms >= 0 && ms <= 8.64e15 && ms % QUARTER_MS === 0;
}

function notQuarter(field: string): Refusal {
  return refuse('VALIDATION', 'expected milliseconds since 1970, on a quarter of an hour UTC', { field });
}

/** A name, not an offset: PostgreSQL reads the sign of an offset the other way round. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
