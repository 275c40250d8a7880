import type { PriceLine, Quantities } from '../pricing/price.js';
import type { JournalRow } from './carry-out.js';
import type { Candidate } from './commands.js';
import { RULES } from './decide.js';
import type { ChargedValue, HeldCandidate, OutcomeValue, PocketShare, ReservationValue } from './outcome.js';

/** All that the journal tells of a command beside its ids, its type and its moment. */
export interface JournalBody {
  /** The command less its type and ids. */
  readonly asked: Readonly<Record<string, unknown>>;
  /** `token:<id>`, `key:<id>` or `system`. */
  readonly by: string;
  /** The number of the rules that it was decided by. */
  readonly rules: number;
  /** The price versions that were looked up by their books' names. */
  readonly prices?: Readonly<Record<string, string>>;
  readonly value: OutcomeValue;
}

/**
 * The body as a row stores it. Half of what a gateway's commands come to repeats what was asked, or is what it mostly
 * is: their values are stored without it, because bytes are what a journal row costs. All other values are stored
 * whole, with their `type`.
 */
export interface StoredBody extends Omit<JournalBody, 'value'> {
  readonly value: OutcomeValue | StoredReservation | StoredCharge;
}

type StoredLine = readonly [meter: string, quantity: string, price: string, per: string, amount: string];
/** The amount is left out where it is all of the hold, or of the charge. */
type StoredShare = readonly [pocketId: string, amount?: string];

interface StoredReservation {
  readonly type?: undefined;
  readonly asset: string;
  readonly hold: string;
  /** In the order of those that were asked for; what is left out is as asked, or as large as the hold. */
  readonly candidates: readonly {
    readonly amount?: string | undefined;
    readonly quantities?: Quantities | undefined;
    readonly lines: readonly StoredLine[];
  }[];
  readonly holds: readonly StoredShare[];
  readonly available: string;
}

/** What is left out: `total` where it is the amount, `usageDelta` where it is the usage, `occurredAt` where it is now, and what is false, zero or empty. */
interface StoredCharge
  extends Pick<ChargedValue, 'keyId' | 'model' | 'asset' | 'amount' | 'priceVersionId' | 'available'> {
  readonly type?: undefined;
  readonly total?: string | undefined;
  readonly late?: boolean | undefined;
  readonly shortfall?: string | undefined;
  readonly lines: readonly StoredLine[];
  readonly unpriced?: readonly string[] | undefined;
  readonly usageDelta?: Quantities | undefined;
  readonly draws: readonly StoredShare[];
  readonly cost?: string | undefined;
  readonly costDelta?: string | undefined;
  readonly dimensions?: Readonly<Record<string, string>> | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly occurredAt?: number | undefined;
}

/** What else a row says, by which its body is read. */
export interface RowOfBody {
  readonly type: string;
  readonly commandId: string;
  readonly now: number;
}

/** Writes a row's body as JSON. */
export function packBody(row: JournalRow): string {
  const { asked, by, prices } = row;
  const value = packValue(row);
  return JSON.stringify(prices ? { asked, by, rules: RULES, prices, value } : { asked, by, rules: RULES, value });
}

/** Reads what `packBody` wrote. */
export function unpackBody(stored: StoredBody, row: RowOfBody): JournalBody {
  return { ...stored, value: unpackValue(stored, row) };
}

function packValue({ command, value, now }: JournalRow): StoredBody['value'] {
  if (command.type === 'Reserve' && value.type === 'reservation') return packReservation(value, command.candidates);
  if ((command.type === 'Settle' || command.type === 'Charge') && value.type === 'charged')
    return packCharge(value, now);
  return value;
}

function unpackValue({ asked, prices, value }: StoredBody, row: RowOfBody): OutcomeValue {
  if (value.type !== undefined) return value;
  return 'hold' in value ? unpackReservation(value, asked, prices ?? {}, row) : unpackCharge(value, asked, row);
}

function packReservation(value: ReservationValue, asked: readonly Candidate[]): StoredReservation {
  const { asset, hold, available } = value;
  return {
    asset,
    hold,
    candidates: value.candidates.map(({ amount, quantities, lines }, index) => ({
      amount: amount === hold ? undefined : amount,
      quantities: isSame(quantities, asked[index]?.quantities) ? undefined : quantities,
      lines: lines.map(packLine),
    })),
    holds: value.holds.map((share) => packShare(share, hold)),
    available,
  };
}

function unpackReservation(
  stored: StoredReservation,
  asked: JournalBody['asked'],
  prices: Readonly<Record<string, string>>,
  row: RowOfBody,
): ReservationValue {
  const { asset, hold, available } = stored;
  const [[book, priceVersionId] = ['', '']] = Object.entries(prices);
  const candidates = asked['candidates'] as readonly Candidate[];
  return {
    type: 'reservation',
    reservationId: row.commandId,
    keyId: asked['keyId'] as string,
    asset,
    hold,
    expiresAt: row.now + (asked['ttlMs'] as number),
    candidates: stored.candidates.map(({ amount = hold, quantities, lines }, index): HeldCandidate => {
      const candidate = candidates[index] as Candidate;
      return {
        model: candidate.model,
        amount,
        quantities: quantities ?? candidate.quantities,
        lines: lines.map(unpackLine),
      };
    }),
    book,
    priceVersionId,
    holds: stored.holds.map((share) => unpackShare(share, hold)),
    available,
  };
}

function packCharge(value: ChargedValue, now: number): StoredCharge {
  const { keyId, model, asset, amount, total, lines, usage, usageDelta, draws, priceVersionId, available } = value;
  const { late, shortfall, unpriced, dimensions, cost, costDelta, tags, occurredAt } = value;
  // What is undefined is not written: cheaper than an object for each thing that may be left out.
  return {
    keyId,
    model,
    asset,
    amount,
    total: total === amount ? undefined : total,
    late: late || undefined,
    shortfall: shortfall === '0' ? undefined : shortfall,
    lines: lines.map(packLine),
    unpriced: unpriced.length > 0 ? unpriced : undefined,
    usageDelta: isSame(usage, usageDelta) ? undefined : usageDelta,
    draws: draws.map((share) => packShare(share, total)),
    cost,
    costDelta,
    dimensions: isEmpty(dimensions) ? undefined : dimensions,
    tags,
    priceVersionId,
    occurredAt: occurredAt === now ? undefined : occurredAt,
    available,
  };
}

function unpackCharge(stored: StoredCharge, asked: JournalBody['asked'], row: RowOfBody): ChargedValue {
  const { amount, total = amount, cost, costDelta, tags } = stored;
  const usage = asked['usage'] as Quantities;
  return {
    type: 'charged',
    chargeId: (asked['reservationId'] as string | undefined) ?? row.commandId,
    keyId: stored.keyId,
    model: stored.model,
    asset: stored.asset,
    final: row.type === 'Charge' || asked['final'] === true,
    late: stored.late ?? false,
    estimated: asked['estimated'] === true,
    amount,
    total,
    shortfall: stored.shortfall ?? '0',
    lines: stored.lines.map(unpackLine),
    unpriced: stored.unpriced ?? [],
    usage,
    usageDelta: stored.usageDelta ?? usage,
    draws: stored.draws.map((share) => unpackShare(share, total)),
    ...(cost !== undefined && costDelta !== undefined && { cost, costDelta }),
    dimensions: stored.dimensions ?? {},
    ...(tags && { tags }),
    priceVersionId: stored.priceVersionId,
    occurredAt: stored.occurredAt ?? row.now,
    available: stored.available,
  };
}

function packLine({ meter, quantity, price, per, amount }: PriceLine): StoredLine {
  return [meter, quantity, price, per, amount];
}

function unpackLine([meter, quantity, price, per, amount]: StoredLine): PriceLine {
  return { meter, quantity, price, per, amount };
}

function packShare({ pocketId, amount }: PocketShare, all: string): StoredShare {
  return amount === all ? [pocketId] : [pocketId, amount];
}

function unpackShare([pocketId, amount]: StoredShare, all: string): PocketShare {
  return { pocketId, amount: amount ?? all };
}

function isEmpty(record: Readonly<Record<string, string>>): boolean {
  for (const _name in record) return false;
  return true;
}

function isSame(a: Quantities, b: Quantities | undefined): boolean {
  if (a === b) return true;
  if (b === undefined) return false;
  const meters = Object.keys(a);
  return meters.length === Object.keys(b).length && meters.every((meter) => a[meter] === b[meter]);
}
