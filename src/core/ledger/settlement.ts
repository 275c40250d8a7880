import type { AccountBooks, ChargeBooks, Share } from './books.js';
import type { Draft } from './draft.js';
import { appendShares, sumShares, takeLatest } from './pockets.js';

/** What is charged so far under one id, and what is still held for it. */
export interface Position {
  readonly chargeId: string;
  readonly asset: string;
  readonly charged: bigint;
  readonly draws: readonly Share[];
  readonly holds: readonly Share[];
}

/** The same after a charge was raised or lowered to a new total. */
export interface Charged {
  readonly draws: readonly Share[];
  readonly holds: readonly Share[];
  readonly charge: ChargeBooks | undefined;
  /** By how much uncollected shortfall changed. */
  readonly shortfall: bigint;
}

/**
 * Charges up or down to a total. More comes from the holds, then from free pockets in burn order (the credit line is
 * the last of them), and what is missing is shortfall: the money is spent upstream already. Less goes back the
 * opposite way: shortfall is reversed first, then pockets get back what they paid, latest first.
 */
export function chargeTo(draft: Draft, books: AccountBooks, position: Position, total: bigint, now: number): Charged {
  const delta = total - position.charged;
  return delta >= 0n ? chargeMore(draft, books, position, delta, now) : chargeLess(draft, books, position, -delta, now);
}

function chargeMore(draft: Draft, books: AccountBooks, position: Position, amount: bigint, now: number): Charged {
  const { chargeId, asset } = position;
  const fromHolds = draft.drawHeld(position.holds, amount);
  const fromFree = fromHolds.missing > 0n ? draft.drawFree(asset, fromHolds.missing) : { drawn: [], missing: 0n };
  draft.bookShortfall(asset, fromFree.missing);
  const before = books.charges.get(chargeId);
  const charge =
    fromFree.missing > 0n
      ? { ...(before ?? newCharge(chargeId, asset, now)), uncollected: (before?.uncollected ?? 0n) + fromFree.missing }
      : undefined;
  return {
    draws: appendShares(appendShares(position.draws, fromHolds.drawn), fromFree.drawn),
    holds: fromHolds.left,
    charge,
    shortfall: fromFree.missing,
  };
}

function chargeLess(draft: Draft, books: AccountBooks, position: Position, amount: bigint, now: number): Charged {
  const { asset, chargeId } = position;
  const before = books.charges.get(chargeId) ?? newCharge(chargeId, asset, now);
  const reversed = before.uncollected < amount ? before.uncollected : amount;
  draft.reverseShortfall(asset, reversed);
  const drawn = amount - reversed;
  const collectedSum = sumShares(before.collected);
  const fromCollected = takeLatest(before.collected, drawn < collectedSum ? drawn : collectedSum);
  const fromDraws = takeLatest(position.draws, drawn < collectedSum ? 0n : drawn - collectedSum);
  draft.giveBack(asset, [...fromCollected.taken, ...fromDraws.taken]);
  const changed = reversed > 0n || fromCollected.taken.length > 0;
  return {
    draws: fromDraws.left,
    holds: position.holds,
    charge: changed
      ? { ...before, uncollected: before.uncollected - reversed, collected: fromCollected.left }
      : undefined,
    shortfall: -reversed,
  };
}

/** The books of a charge of which nothing had to be known so far. */
export function newCharge(id: string, asset: string, now: number): ChargeBooks {
  return { id, asset, openedAt: now, uncollected: 0n, collected: [], refunded: 0n, reversed: 0n };
}
