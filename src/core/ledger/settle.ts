import { formatAmount, parseAmount } from '../money/amount.js';
import { assetOf } from '../money/asset.js';
import { formatQuantity, parseQuantity } from '../money/quantity.js';
import type { Dimensions, Quantities, UsagePrice } from '../pricing/price.js';
import { checkTotal } from './admission.js';
import type { AccountBooks, Reservation } from './books.js';
import type { Candidate, Settle } from './commands.js';
import type { Context } from './context.js';
import type { Decision } from './decision.js';
import { Draft, shareTexts } from './draft.js';
import { notOpen } from './open-reservation.js';
import { type ChargedValue, type Refusal, refuse } from './outcome.js';
import { type Charged, chargeTo, type Position } from './settlement.js';

/**
 * Charges the real usage against a reservation. Never refused for key, status, plan, tier, limits or money, nor for
 * want of a price. A final settle frees the rest; an interim one keeps it held; usage is cumulative in both.
 */
export function settle(command: Settle, books: AccountBooks, context: Context): Decision<ChargedValue> {
  const reservation = books.reservations.get(command.reservationId);
  if (!reservation) return notOpen(books, command.reservationId);
  const refusal = checkSettle(command, reservation);
  if (refusal) return refusal;
  const candidate = reservation.candidates[command.candidate] as Candidate;
  const { book } = context.prices.version(reservation.priceVersionId);
  const model = book.models.get(candidate.model);
  if (!model) throw new Error(`model ${candidate.model} is missing from version ${reservation.priceVersionId}`);
  const dimensions = { ...candidate.dimensions, ...reservation.dimensions, ...command.dimensions };
  const price = model.priceUsage(command.usage, dimensions);
  const tooMuch = checkTotal(price.total, 'usage');
  if (tooMuch) return tooMuch;

  const draft = new Draft(books, context.now);
  const charged = chargeTo(draft, books, positionOf(reservation), price.total, context.now);
  if (command.final) draft.free(charged.holds);
  const left = command.final
    ? { ended: reservation.id }
    : { reservation: afterInterim(reservation, command, charged, price.total) };
  return {
    ok: true,
    value: settledValue(command, reservation, price, dimensions, charged, draft, context.now),
    changes: draft.changes(charged.charge ? { ...left, charges: [charged.charge] } : left),
  };
}

function checkSettle(command: Settle, reservation: Reservation): Refusal | undefined {
  if (command.candidate >= reservation.candidates.length) {
    return refuse('VALIDATION', `expected a candidate from 0 to ${reservation.candidates.length - 1}`, {
      field: 'candidate',
    });
  }
  const started = Object.keys(reservation.usage).length > 0 || reservation.charged > 0n;
  if (started && command.candidate !== reservation.candidate) {
    return refuse('VALIDATION', `expected candidate ${reservation.candidate}, as in the interim settles before`, {
      field: 'candidate',
    });
  }
  if (command.cost !== undefined) {
    const cost = parseAmount(command.cost, assetOf(reservation.asset));
    if (!cost.ok) return refuse('VALIDATION', `expected ${cost.expected}`, { field: 'cost' });
  }
  if (command.final) return undefined;
  for (const [meter, before] of Object.entries(reservation.usage)) {
    if (scaled(command.usage[meter] ?? '0') < scaled(before)) {
      return refuse('VALIDATION', `expected at least ${before}, because usage is cumulative`, {
        field: `usage.${meter}`,
      });
    }
  }
  return undefined;
}

/** Field by field: to spread the reservation and add the charge's id takes a hundred times as long. */
function positionOf({ id, asset, charged, draws, holds }: Reservation): Position {
  return { chargeId: id, asset, charged, draws, holds };
}

function afterInterim(reservation: Reservation, command: Settle, charged: Charged, total: bigint): Reservation {
  return {
    ...reservation,
    holds: charged.holds,
    charged: total,
    draws: charged.draws,
    usage: command.usage,
    dimensions: { ...reservation.dimensions, ...command.dimensions },
    candidate: command.candidate,
    cost: costOf(command, reservation),
    tags: { ...reservation.tags, ...command.tags },
  };
}

/** Upstream's cost is cumulative like usage; a settle that does not name it leaves it as it was. */
function costOf(command: Settle, reservation: Reservation): bigint {
  if (command.cost === undefined) return reservation.cost;
  const parsed = parseAmount(command.cost, assetOf(reservation.asset));
  return parsed.ok ? parsed.minor : reservation.cost;
}

function settledValue(
  command: Settle,
  reservation: Reservation,
  price: UsagePrice,
  dimensions: Dimensions,
  charged: Charged,
  draft: Draft,
  now: number,
): ChargedValue {
  const { asset } = reservation;
  const unit = assetOf(asset);
  const cost = costOf(command, reservation);
  const tags = { ...reservation.tags, ...command.tags };
  return {
    type: 'charged',
    chargeId: reservation.id,
    keyId: reservation.keyId,
    model: (reservation.candidates[command.candidate] as Candidate).model,
    asset,
    final: command.final,
    late: reservation.status === 'EXPIRED',
    estimated: command.estimated ?? false,
    amount: formatAmount(price.total - reservation.charged, unit),
    total: formatAmount(price.total, unit),
    shortfall: formatAmount(charged.shortfall, unit),
    lines: price.lines,
    unpriced: price.unpriced,
    usage: command.usage,
    usageDelta: subtractQuantities(command.usage, reservation.usage),
    draws: shareTexts(asset, charged.draws),
    ...((command.cost !== undefined || reservation.cost > 0n) && {
      cost: formatAmount(cost, unit),
      costDelta: formatAmount(cost - reservation.cost, unit),
    }),
    dimensions,
    ...(Object.keys(tags).length > 0 && { tags }),
    priceVersionId: reservation.priceVersionId,
    occurredAt: now,
    available: draft.availableText(asset),
  };
}

function subtractQuantities(usage: Quantities, before: Quantities): Quantities {
  const meters = Object.keys(before);
  if (meters.length === 0) return usage;
  const delta: Record<string, string> = {};
  for (const meter of new Set([...Object.keys(usage), ...meters])) {
    delta[meter] = formatQuantity(scaled(usage[meter] ?? '0') - scaled(before[meter] ?? '0'));
  }
  return delta;
}

/** The edge has checked every quantity: one that does not parse is a fault of ours. */
function scaled(quantity: string): bigint {
  const value = parseQuantity(quantity);
  if (value === undefined) throw new Error(`quantity ${quantity} passed the edge`);
  return value;
}
