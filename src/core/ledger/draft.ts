import { formatAmount } from '../money/amount.js';
import { assetOf } from '../money/asset.js';
import type { AccountBooks, Pocket, Share } from './books.js';
import type { Changes } from './changes.js';
import type { PocketShare } from './outcome.js';
import { allocate, compareBurnOrder, freeOf, isExpired, singlePocketId, withMoney } from './pockets.js';
import { INTO_POCKET, OUT_OF_POCKET, PLATFORM, type Transfer } from './transfer.js';

/**
 * Money being moved by one command: pockets as they will be, and the transfers that make them so. Every change of a
 * balance goes through `credit` and `debit`, so that a pocket's balance is always the sum of its transfers.
 */
export class Draft {
  private readonly changed = new Map<string, Pocket>();
  private readonly transfers: Transfer[] = [];

  constructor(
    private readonly books: AccountBooks,
    private readonly now: number,
  ) {}

  pocket(id: string): Pocket | undefined {
    return this.changed.get(id) ?? this.books.pockets.get(id);
  }

  put(pocket: Pocket): void {
    const { balance, held, creditLimit } = pocket;
    if (held < 0n || held > balance + creditLimit)
      throw new Error(`pocket ${pocket.id} would hold ${held} of ${balance}`);
    this.changed.set(pocket.id, pocket);
  }

  /** The pockets of an asset from which money can be taken, in burn order. */
  spendable(asset: string): Pocket[] {
    const pockets = this.unordered(asset);
    return pockets.length > 1 ? pockets.sort(compareBurnOrder) : pockets;
  }

  available(asset: string): bigint {
    let sum = 0n;
    for (const pocket of this.unordered(asset)) sum += freeOf(pocket);
    return sum;
  }

  /** The same pockets in no order, for sums. */
  private unordered(asset: string): Pocket[] {
    const pockets: Pocket[] = [];
    for (const before of this.books.pockets.values()) {
      const pocket = this.changed.get(before.id) ?? before;
      if (this.isSpendable(pocket, asset)) pockets.push(pocket);
    }
    for (const pocket of this.changed.values()) {
      if (!this.books.pockets.has(pocket.id) && this.isSpendable(pocket, asset)) pockets.push(pocket);
    }
    return pockets;
  }

  private isSpendable(pocket: Pocket, asset: string): boolean {
    return pocket.asset === asset && !isExpired(pocket, this.now);
  }

  availableText(asset: string): string {
    return formatAmount(this.available(asset), assetOf(asset));
  }

  heldOf(asset: string): bigint {
    let sum = 0n;
    for (const id of this.books.pockets.keys()) {
      const pocket = this.pocket(id);
      if (pocket?.asset === asset) sum += pocket.held;
    }
    return sum;
  }

  /** The account's paid pocket of the asset, made when there is none yet. */
  paidPocket(asset: string): Pocket {
    const id = singlePocketId(this.books.accountId, 'paid', asset);
    const known = this.pocket(id);
    if (known) return known;
    const pocket: Pocket = {
      id,
      asset,
      kind: 'paid',
      balance: 0n,
      held: 0n,
      creditLimit: 0n,
      expiresAt: null,
      priority: 0,
      openedAt: this.now,
      closed: false,
    };
    this.put(pocket);
    return pocket;
  }

  /** Platform -> pocket. */
  credit(kind: keyof typeof INTO_POCKET, pocketId: string, amount: bigint): void {
    if (amount === 0n) return;
    const pocket = this.known(pocketId);
    this.put(withMoney(pocket, pocket.balance + amount, pocket.held));
    this.transfers.push({ kind, debit: INTO_POCKET[kind], credit: pocketId, asset: pocket.asset, amount });
  }

  /** Pocket -> platform, out of what is free. */
  debit(kind: keyof typeof OUT_OF_POCKET, pocketId: string, amount: bigint): void {
    if (amount === 0n) return;
    const pocket = this.known(pocketId);
    this.put(withMoney(pocket, pocket.balance - amount, pocket.held));
    this.transferOut(kind, pocket, amount);
  }

  private transferOut(kind: keyof typeof OUT_OF_POCKET, { id, asset }: Pocket, amount: bigint): void {
    this.transfers.push({ kind, debit: id, credit: OUT_OF_POCKET[kind], asset, amount });
  }

  /** Holds an amount over the spendable pockets; the caller has checked that it is there. */
  hold(asset: string, amount: bigint): Share[] {
    const { shares, missing } = allocate(this.spendable(asset), amount);
    if (missing > 0n) throw new Error(`${missing} of a hold is not there`);
    for (const share of shares) {
      const pocket = this.known(share.pocketId);
      this.put(withMoney(pocket, pocket.balance, pocket.held + share.amount));
    }
    return shares;
  }

  /** Frees held money; in a pocket that has expired meanwhile it expires at once. */
  free(shares: readonly Share[]): void {
    for (const share of shares) {
      const pocket = this.known(share.pocketId);
      this.put(withMoney(pocket, pocket.balance, pocket.held - share.amount));
      this.expireFree(share.pocketId);
    }
  }

  /** Charges out of holds, in their order, up to the amount. Answers what was drawn, and the holds that are left. */
  drawHeld(holds: readonly Share[], amount: bigint): { drawn: Share[]; left: Share[]; missing: bigint } {
    const drawn: Share[] = [];
    const left: Share[] = [];
    let missing = amount;
    for (const hold of holds) {
      const part = hold.amount < missing ? hold.amount : missing;
      if (part > 0n) {
        const pocket = this.known(hold.pocketId);
        // The hold ends and the money leaves in one step, so that no state between them breaks the pocket's rule.
        this.put(withMoney(pocket, pocket.balance - part, pocket.held - part));
        this.transferOut('settle', pocket, part);
        drawn.push({ pocketId: pocket.id, amount: part });
        missing -= part;
        this.expireFree(pocket.id);
      }
      if (part < hold.amount) left.push({ pocketId: hold.pocketId, amount: hold.amount - part });
    }
    return { drawn, left, missing };
  }

  /** Charges out of what is free, in burn order. */
  drawFree(asset: string, amount: bigint): { drawn: Share[]; missing: bigint } {
    const { shares, missing } = allocate(this.spendable(asset), amount);
    for (const share of shares) this.debit('settle', share.pocketId, share.amount);
    return { drawn: shares, missing };
  }

  /** Books what nobody could pay. */
  bookShortfall(asset: string, amount: bigint): void {
    if (amount > 0n)
      this.transfers.push({ kind: 'shortfall', debit: PLATFORM.shortfall, credit: PLATFORM.revenue, asset, amount });
  }

  reverseShortfall(asset: string, amount: bigint): void {
    if (amount > 0n)
      this.transfers.push({ kind: 'reversed', debit: PLATFORM.revenue, credit: PLATFORM.shortfall, asset, amount });
  }

  /**
   * Gives money back into the pockets it came from. Into an expired pocket it expires at once. A credit line takes no
   * more than it is drawn by, because its debt may have been repaid meanwhile: the rest is the customer's paid money.
   */
  giveBack(asset: string, shares: readonly Share[]): Share[] {
    const returned: Share[] = [];
    for (const { pocketId, amount } of shares) {
      const pocket = this.pocket(pocketId);
      if (!pocket || pocket.closed) {
        this.transfers.push({ kind: 'refund', debit: PLATFORM.revenue, credit: pocketId, asset, amount });
        this.transfers.push({ kind: 'expiry', debit: pocketId, credit: PLATFORM.breakage, asset, amount });
        returned.push({ pocketId, amount });
        continue;
      }
      const debt = pocket.kind === 'credit' && -pocket.balance < amount ? -pocket.balance : amount;
      this.credit('refund', pocketId, debt);
      if (debt > 0n) returned.push({ pocketId, amount: debt });
      this.expireFree(pocketId);
      if (debt < amount) {
        const paid = this.paidPocket(asset);
        this.credit('refund', paid.id, amount - debt);
        returned.push({ pocketId: paid.id, amount: amount - debt });
      }
    }
    return returned;
  }

  /** Moves what is free in an expired pocket to breakage, and closes the pocket once it is empty. Answers the amount. */
  expireFree(pocketId: string): bigint {
    const pocket = this.known(pocketId);
    if (pocket.kind !== 'grant' || !isExpired(pocket, this.now)) return 0n;
    const amount = pocket.balance - pocket.held;
    this.debit('expiry', pocketId, amount);
    const after = this.known(pocketId);
    if (after.balance === 0n && after.held === 0n) this.put({ ...after, closed: true });
    return amount;
  }

  changes(more: Omit<Changes, 'transfers' | 'pockets'> = {}): Changes {
    return { transfers: this.transfers, pockets: [...this.changed.values()], ...more };
  }

  private known(id: string): Pocket {
    const pocket = this.pocket(id);
    if (!pocket) throw new Error(`pocket ${id} is not loaded`);
    return pocket;
  }
}

/** Shares as they are journaled and answered. */
export function shareTexts(asset: string, shares: readonly Share[]): PocketShare[] {
  const unit = assetOf(asset);
  return shares.map(({ pocketId, amount }) => ({ pocketId, amount: formatAmount(amount, unit) }));
}
