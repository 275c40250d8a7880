import type { AssetBalance, PocketBalance } from '../../accounts/balances.js';
import { formatAmount } from '../../core/money/amount.js';
import { assetOf } from '../../core/money/asset.js';
import { POCKET_KIND, wireName } from './enums.js';

/** What an account has in an asset, as the message AssetBalance. */
export function balanceMessage(balance: AssetBalance): object {
  const asset = assetOf(balance.asset);
  const text = (minor: bigint): string => formatAmount(minor, asset);
  return {
    asset: asset.code,
    available: text(balance.available),
    held: text(balance.held),
    balance: text(balance.balance),
    creditLimit: text(balance.creditLimit),
    creditDrawn: text(balance.creditDrawn),
    shortfall: text(balance.shortfall),
    pockets: balance.pockets.map((pocket) => pocketMessage(pocket, text)),
  };
}

function pocketMessage(pocket: PocketBalance, text: (minor: bigint) => string): object {
  const { id, kind, balance, held, available, creditLimit, expiresAt, priority, openedAt } = pocket;
  return {
    id,
    kind: wireName(POCKET_KIND, kind),
    balance: text(balance),
    held: text(held),
    available: text(available),
    creditLimit: text(creditLimit),
    priority,
    openedAtMs: openedAt,
    ...(expiresAt !== null && { expiresAtMs: expiresAt }),
  };
}
