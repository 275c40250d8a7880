import type pg from 'pg';
import { formatAmount } from '../core/money/amount.js';
import { assetOf } from '../core/money/asset.js';

/** A ledger account of the operator, or all customers' pockets together, in one asset. Decimal strings. */
export interface TrialBalanceRow {
  /** custody, revenue, promotions, breakage, shortfall, adjustments, or customers. */
  readonly account: string;
  readonly asset: string;
  readonly debits: string;
  readonly credits: string;
  /** Credits less debits. */
  readonly balance: string;
}

export interface TrialBalance {
  /** Ordered by asset, then account. */
  readonly rows: readonly TrialBalanceRow[];
  /** Whether debits and credits are equal in every asset. */
  readonly balanced: boolean;
}

interface SumRow {
  readonly account: string;
  readonly asset: string;
  readonly debits: string;
  readonly credits: string;
}

export async function readTrialBalance(client: Pick<pg.Pool | pg.ClientBase, 'query'>): Promise<TrialBalance> {
  const { rows } = await client.query<SumRow>(SUMS);
  return {
    rows: rows.map(({ account, asset, debits, credits }) => {
      const unit = assetOf(asset);
      const text = (minor: bigint) => formatAmount(minor, unit);
      return {
        account,
        asset,
        debits: text(BigInt(debits)),
        credits: text(BigInt(credits)),
        balance: text(BigInt(credits) - BigInt(debits)),
      };
    }),
    balanced: isBalanced(rows),
  };
}

/** Every transfer counts once as a debit and once as a credit; what is no platform account is a customer's pocket. */
const SUMS = `
  SELECT coalesce(p.code, 'customers') AS account, m.asset, sum(m.debit) AS debits, sum(m.credit) AS credits
  FROM (
    SELECT debit AS id, asset, sum(amount) AS debit, 0 AS credit FROM transfer GROUP BY debit, asset
    UNION ALL
    SELECT credit, asset, 0, sum(amount) FROM transfer GROUP BY credit, asset
  ) m LEFT JOIN platform_account p ON p.id = m.id
  GROUP BY 1, 2 ORDER BY 2, 1`;

function isBalanced(rows: readonly SumRow[]): boolean {
  const differences = new Map<string, bigint>();
  for (const { asset, debits, credits } of rows) {
    differences.set(asset, (differences.get(asset) ?? 0n) + BigInt(debits) - BigInt(credits));
  }
  return [...differences.values()].every((difference) => difference === 0n);
}
