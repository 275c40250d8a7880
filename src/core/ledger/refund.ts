import { formatAmount, journaledAmount, parseAmount } from '../money/amount.js';
import { type Asset, assetOf } from '../money/asset.js';
import type { AccountBooks, Recorded, Share } from './books.js';
import type { Refund } from './commands.js';
import type { Context } from './context.js';
import type { Decision } from './decision.js';
import { Draft, shareTexts } from './draft.js';
import { type ChargedValue, type RefundedValue, type Refusal, type ReleasedValue, refuse } from './outcome.js';
import { sumShares, takeLatest } from './pockets.js';
import { newCharge } from './settlement.js';

/**
 * Gives back up to what was charged: first by reversing that charge's uncollected shortfall, then into the pockets
 * that paid, latest first. Money that later paid its shortfall was drawn last, and comes back first.
 */
export function refund(command: Refund, books: AccountBooks, context: Context): Decision<RefundedValue> {
  const found = findCharged(books, command.chargeId);
  if (!found.ok) return found;
  const { value, asset } = found;
  const charge = books.charges.get(command.chargeId) ?? newCharge(command.chargeId, asset.code, context.now);
  const left = journaledAmount(value.total, asset) - charge.refunded;
  const asked = command.amount === undefined ? { ok: true as const, minor: left } : parseAmount(command.amount, asset);
  if (!asked.ok) return refuse('VALIDATION', `expected ${asked.expected}`, { field: 'amount' });
  const refusal = checkAmount(asked.minor, left, asset);
  if (refusal) return refusal;

  const draft = new Draft(books, context.now);
  const reversed = charge.uncollected < asked.minor ? charge.uncollected : asked.minor;
  draft.reverseShortfall(asset.code, reversed);
  const drawn = [
    ...value.draws.map((share) => ({ pocketId: share.pocketId, amount: journaledAmount(share.amount, asset) })),
    ...charge.collected,
  ];
  const returned = draft.giveBack(
    asset.code,
    stillDrawn(drawn, charge.refunded - charge.reversed, asked.minor - reversed),
  );
  const refunded = charge.refunded + asked.minor;
  return {
    ok: true,
    value: {
      type: 'refunded',
      chargeId: command.chargeId,
      keyId: value.keyId,
      model: value.model,
      asset: asset.code,
      amount: formatAmount(asked.minor, asset),
      shortfallReversed: formatAmount(reversed, asset),
      returned: shareTexts(asset.code, returned),
      refundedTotal: formatAmount(refunded, asset),
    },
    changes: draft.changes({
      charges: [
        { ...charge, uncollected: charge.uncollected - reversed, reversed: charge.reversed + reversed, refunded },
      ],
    }),
  };
}

type FoundCharge = Refusal | { readonly ok: true; readonly value: ChargedValue | ReleasedValue; readonly asset: Asset };

/** What was charged under an id: told by the end of its reservation, or by the charge itself. */
function findCharged(books: AccountBooks, chargeId: string): FoundCharge {
  const field = 'charge_id';
  if (books.reservations.has(chargeId))
    return refuse('RESERVATION_OPEN', 'the reservation is not settled yet', { field });
  const found = chargedBy(books.recorded(chargeId, 'end')) ?? chargedBy(books.recorded(chargeId, 'cmd'));
  if (!found?.asset) return refuse('CHARGE_NOT_FOUND', 'the account has no charge with this id', { field });
  return { ok: true, value: found, asset: assetOf(found.asset) };
}

function chargedBy(recorded: Recorded | undefined): ChargedValue | ReleasedValue | undefined {
  if (recorded?.value.type === 'released') return recorded.value;
  // An interim settle has an id of its own, but what it charged belongs to its reservation.
  return recorded?.value.type === 'charged' && recorded.value.final ? recorded.value : undefined;
}

function checkAmount(amount: bigint, left: bigint, asset: Asset): Refusal | undefined {
  const details = { asset: asset.code, refundable: formatAmount(left, asset) };
  if (amount > left || left === 0n)
    return refuse('REFUND_EXCEEDS_CHARGE', `${details.refundable} of the charge is left`, { field: 'amount', details });
  return amount === 0n ? refuse('VALIDATION', 'expected an amount above 0', { field: 'amount' }) : undefined;
}

/** What to give back of what was drawn, when the latest part of it has been given back already. */
function stillDrawn(drawn: readonly Share[], givenBack: bigint, amount: bigint): Share[] {
  const { left } = takeLatest(drawn, givenBack);
  return takeLatest(left, amount < sumShares(left) ? amount : sumShares(left)).taken;
}
