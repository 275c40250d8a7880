import { ownId } from '../../src/core/ledger/ids.js';
import { formatAmount } from '../../src/core/money/amount.js';
import { assetOf } from '../../src/core/money/asset.js';
import type { World } from './table.js';

interface PocketLike {
  readonly id: string;
  readonly asset: string;
  readonly kind: string;
  readonly balance: bigint;
  readonly held: bigint;
}

/** Every name that a table gives to a grant. */
const GRANTS = ['g1', 'g2', 'never', 'never2', 'late', 'soon', 'first'];

/** Pockets as a table writes them: `balance/held` by name; USD only, empty ones left out but for the credit line. */
export function pocketTexts(pockets: readonly PocketLike[], accountId: string, world: World): Record<string, string> {
  const names = new Map(GRANTS.map((name) => [ownId({ id: world.id(name), accountId }, 'grant'), name]));
  const texts: Record<string, string> = {};
  for (const { id, asset, kind, balance, held } of pockets) {
    if (asset !== 'USD' || (balance === 0n && held === 0n && kind !== 'credit')) continue;
    const unit = assetOf(asset);
    texts[names.get(id) ?? kind] = `${formatAmount(balance, unit)}/${formatAmount(held, unit)}`;
  }
  return texts;
}
