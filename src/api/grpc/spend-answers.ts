import type { Quote } from '../../accounts/quotes.js';
import type { ReservationView } from '../../accounts/reservation-view.js';
import type { Command } from '../../core/ledger/commands.js';
import type {
  Accepted,
  ChargedValue,
  ExtendedValue,
  OutcomeValue,
  RefundedValue,
  ReleasedValue,
  ReservationStatus,
  ReservationValue,
} from '../../core/ledger/outcome.js';
import { formatAmount } from '../../core/money/amount.js';
import { assetOf } from '../../core/money/asset.js';

/*
 * What commands led to, as the messages of proto/tollgate/v1/spend.proto. Fields at their default are left out, as
 * protobuf leaves them out.
 */

export const RESERVATION_STATUS: Readonly<Record<ReservationStatus, string>> = {
  HELD: 'RESERVATION_STATUS_HELD',
  EXPIRED: 'RESERVATION_STATUS_EXPIRED',
  SETTLED: 'RESERVATION_STATUS_SETTLED',
  RELEASED: 'RESERVATION_STATUS_RELEASED',
};

/** The response to a spend command that was carried out. */
export function spendAnswer(command: Command, accepted: Accepted): object {
  const { value, replayed } = accepted;
  const { accountId } = command;
  switch (value.type) {
    case 'reservation':
      return reserveResponse(value, accountId, replayed, accepted.reservation ?? 'HELD');
    case 'charged':
      return { charged: chargedUsage(value, accountId), replayed };
    case 'released':
      return releaseResponse(value, accountId, replayed);
    case 'extended':
      return extendResponse(value, accountId, replayed);
    case 'refunded':
      return refundResponse(value, accountId, replayed);
    default:
      throw new Error(`a ${command.type} led to ${(value as OutcomeValue).type}`);
  }
}

function reserveResponse(
  value: ReservationValue,
  accountId: string,
  replayed: boolean,
  status: ReservationStatus,
): object {
  return {
    reservationId: value.reservationId,
    accountId,
    keyId: value.keyId,
    status: RESERVATION_STATUS[status],
    asset: value.asset,
    hold: value.hold,
    expiresAtMs: value.expiresAt,
    candidates: value.candidates,
    book: value.book,
    priceVersionId: value.priceVersionId,
    holds: value.holds,
    available: value.available,
    replayed,
  };
}

function chargedUsage(value: ChargedValue, accountId: string): object {
  const { chargeId, keyId, model, asset, final, late, estimated, amount, total, shortfall, lines, unpriced } = value;
  const { usage, draws, cost, dimensions, tags, priceVersionId, available } = value;
  return {
    ...{ chargeId, accountId, keyId, model, asset, final, late, estimated, amount, total, shortfall, lines, unpriced },
    ...{ usage, draws, dimensions, priceVersionId, occurredAtMs: value.occurredAt, available },
    ...(cost !== undefined && { cost }),
    ...(tags && { tags }),
  };
}

function releaseResponse(value: ReleasedValue, accountId: string, replayed: boolean): object {
  const { reservationId, keyId, asset, freed, total, unknown } = value;
  return {
    reservationId,
    accountId,
    freed,
    total,
    unknown,
    replayed,
    ...(keyId !== null && { keyId }),
    ...(asset !== null && { asset }),
  };
}

function extendResponse(value: ExtendedValue, accountId: string, replayed: boolean): object {
  const { reservationId, asset, hold, expiresAt, available, reheld } = value;
  return { reservationId, accountId, asset, hold, expiresAtMs: expiresAt, available, reheld, replayed };
}

function refundResponse(value: RefundedValue, accountId: string, replayed: boolean): object {
  const { chargeId, asset, amount, shortfallReversed, returned, refundedTotal } = value;
  return { chargeId, accountId, asset, amount, shortfallReversed, returned, refundedTotal, replayed };
}

export function quoteResponse({ candidates, asset, required, balance }: Quote, accountId: string | undefined): object {
  const unit = assetOf(asset);
  const pinned = candidates[0]?.pinned;
  const available = balance?.available ?? 0n;
  return {
    asset,
    book: pinned?.book.name,
    priceVersionId: pinned?.priceVersionId,
    candidates: candidates.map(({ model, price }) => ({
      model: model.model,
      amount: formatAmount(price.total, unit),
      quantities: price.quantities,
      lines: price.lines,
    })),
    required: formatAmount(required, unit),
    ...(accountId !== undefined && {
      accountId,
      available: formatAmount(available, unit),
      held: formatAmount(balance?.held ?? 0n, unit),
      sufficient: available >= required,
    }),
  };
}

export function reservationResponse(view: ReservationView, accountId: string): object {
  const { reservationId, keyId, status, asset, hold, charged, expiresAt, candidates, priceVersionId, tags } = view;
  return {
    reservationId,
    accountId,
    status: RESERVATION_STATUS[status],
    hold,
    charged,
    candidates,
    tags,
    ...(keyId !== null && { keyId }),
    ...(asset !== null && { asset }),
    ...(expiresAt !== null && { expiresAtMs: expiresAt }),
    ...(priceVersionId !== null && { priceVersionId }),
  };
}
