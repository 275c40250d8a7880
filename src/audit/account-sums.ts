import type { ChargeBooks } from '../core/ledger/books.js';
import { PLATFORM } from '../core/ledger/transfer.js';
import { parseSignedAmount } from '../core/money/amount.js';
import { assetOf } from '../core/money/asset.js';
import type { JournalEntry } from '../journal/journal-entry.js';
import type { Findings } from './findings.js';
import type { TransferRow } from './transfer-row.js';

interface Sums {
  readonly account: string;
  readonly asset: string;
  /** What outcomes say was charged, less what they say was refunded. */
  charged: bigint;
  /** What transfers moved into revenue, and into shortfall, less what they moved out. */
  revenue: bigint;
  shortfall: bigint;
}

/** Sums of a bucket's accounts, by asset, out of the rows alone: what outcomes say against what transfers moved. */
export class AccountSums {
  private readonly sums = new Map<string, Sums>();

  addEntry({ accountId, body }: JournalEntry): void {
    const { value } = body;
    if (value.type === 'charged') this.of(accountId, value.asset).charged += minor(value.amount, value.asset);
    if (value.type === 'refunded') this.of(accountId, value.asset).charged -= minor(value.amount, value.asset);
  }

  addTransfer({ account_id, asset, debit, credit, amount }: TransferRow): void {
    const sums = this.of(account_id, asset);
    if (credit === PLATFORM.revenue) sums.revenue += BigInt(amount);
    if (debit === PLATFORM.revenue) sums.revenue -= BigInt(amount);
    if (credit === PLATFORM.shortfall) sums.shortfall += BigInt(amount);
    if (debit === PLATFORM.shortfall) sums.shortfall -= BigInt(amount);
  }

  /** Compares them, and the shortfall with what the charges leave uncollected. */
  check(
    bucket: number,
    charges: readonly { readonly accountId: string; readonly charge: ChargeBooks }[],
    findings: Findings,
  ): void {
    const uncollected = new Map<string, bigint>();
    for (const { accountId, charge } of charges) {
      const key = keyOf(accountId, charge.asset);
      uncollected.set(key, (uncollected.get(key) ?? 0n) + charge.uncollected);
      this.of(accountId, charge.asset);
    }
    for (const { account, asset, charged, revenue, shortfall } of this.sums.values()) {
      const at = { bucket, account, asset };
      if (charged !== revenue)
        findings.add('revenue', `charged less refunded is ${charged}, revenue is ${revenue}`, at);
      const owed = uncollected.get(keyOf(account, asset)) ?? 0n;
      if (owed !== -shortfall)
        findings.add('shortfall', `${owed} is uncollected, the shortfall account carries ${-shortfall}`, at);
    }
  }

  private of(account: string, asset: string): Sums {
    const key = keyOf(account, asset);
    let sums = this.sums.get(key);
    if (!sums) {
      sums = { account, asset, charged: 0n, revenue: 0n, shortfall: 0n };
      this.sums.set(key, sums);
    }
    return sums;
  }
}

function keyOf(account: string, asset: string): string {
  return `${account} ${asset}`;
}

/** An amount that cannot be read counts as nothing: the sums then differ, which is what is to be said of it. */
function minor(text: string, asset: string): bigint {
  const parsed = parseSignedAmount(text, assetOf(asset));
  return parsed.ok ? parsed.minor : 0n;
}
