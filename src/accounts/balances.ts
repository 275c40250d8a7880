import type { AccountBooks, Pocket } from '../core/ledger/books.js';
import { compareBurnOrder, freeOf, isExpired } from '../core/ledger/pockets.js';

/** What an account has in one asset, in minor units. */
export interface AssetBalance {
  readonly asset: string;
  /** What may be spent now, the credit line included. */
  readonly available: bigint;
  readonly held: bigint;
  /** The sum of all pockets but the credit line. */
  readonly balance: bigint;
  readonly creditLimit: bigint;
  readonly creditDrawn: bigint;
  /** Earlier usage that nobody has paid yet. */
  readonly shortfall: bigint;
  /** In burn order. */
  readonly pockets: readonly PocketBalance[];
}

export interface PocketBalance extends Pocket {
  readonly available: bigint;
}

/** Sums an account's books by asset, in the order of the assets' codes. */
export function balancesOf(books: AccountBooks, now: number): AssetBalance[] {
  const open = [...books.pockets.values()].filter(({ closed }) => !closed);
  const owed = [...books.charges.values()].filter(({ uncollected }) => uncollected > 0n);
  const assets = new Set([...open.map(({ asset }) => asset), ...owed.map(({ asset }) => asset)]);
  return [...assets].sort().map((asset) => {
    const pockets = open
      .filter((pocket) => pocket.asset === asset)
      .sort(compareBurnOrder)
      .map((pocket) => ({ ...pocket, available: isExpired(pocket, now) ? 0n : freeOf(pocket) }));
    const own = pockets.filter(({ kind }) => kind !== 'credit');
    const lines = pockets.filter(({ kind }) => kind === 'credit');
    return {
      asset,
      available: sum(pockets, ({ available }) => available),
      held: sum(pockets, ({ held }) => held),
      balance: sum(own, ({ balance }) => balance),
      creditLimit: sum(lines, ({ creditLimit }) => creditLimit),
      creditDrawn: sum(lines, ({ balance }) => -balance),
      shortfall: sum(
        owed.filter((charge) => charge.asset === asset),
        ({ uncollected }) => uncollected,
      ),
      pockets,
    };
  });
}

function sum<T>(of: readonly T[], amount: (one: T) => bigint): bigint {
  let total = 0n;
  for (const one of of) total += amount(one);
  return total;
}
