import { formatAmount } from '../core/money/amount.js';
import { assetOf } from '../core/money/asset.js';
import { formatQuantity } from '../core/money/quantity.js';
import { addQuantity, addSums, noUsage, readQuantity, type UsageSums } from './fold-usage.js';
import type { UsageRow } from './usage-query.js';
import type { GroupColumns, MeterRow, RollupRow } from './usage-query.store.js';

interface Line {
  readonly group: GroupColumns;
  readonly sums: UsageSums;
}

/** Sums by group, from the roll-ups and from the journal's tail alike. */
export class UsageTable {
  private readonly lines = new Map<string, Line>();

  get size(): number {
    return this.lines.size;
  }

  get keyIds(): string[] {
    return [...new Set([...this.lines.values()].flatMap(({ group }) => group.key_id ?? []))];
  }

  addRollup(row: RollupRow): void {
    addSums(this.sumsOf(row), {
      requests: Number(row.requests),
      billed: BigInt(row.billed),
      refunded: BigInt(row.refunded),
      shortfall: BigInt(row.shortfall),
      cost: BigInt(row.cost),
      late: Number(row.late),
      estimated: Number(row.estimated),
      unpriced: Number(row.unpriced),
      meters: new Map(),
    });
  }

  addMeter(row: MeterRow): void {
    addQuantity(this.sumsOf(row), row.meter, readQuantity(row.quantity));
  }

  add(group: GroupColumns, sums: UsageSums): void {
    addSums(this.sumsOf(group), sums);
  }

  /** The lines in their order. */
  rows(labels: ReadonlyMap<string, string>): UsageRow[] {
    return [...this.lines.values()]
      .sort((a, b) => compareGroups(a.group, b.group))
      .map(({ group, sums }) => rowOf(group, sums, labels));
  }

  /** One for each asset. */
  totals(): UsageRow[] {
    const totals = new UsageTable();
    for (const { group, sums } of this.lines.values())
      totals.add({ key_id: null, model: null, at: null, asset: group.asset }, sums);
    return totals.rows(new Map());
  }

  private sumsOf({ key_id, model, at, asset }: GroupColumns): UsageSums {
    const key = JSON.stringify([key_id, model, at, asset]);
    let line = this.lines.get(key);
    if (!line) {
      line = { group: { key_id, model, at, asset }, sums: noUsage() };
      this.lines.set(key, line);
    }
    return line.sums;
  }
}

function compareGroups(a: GroupColumns, b: GroupColumns): number {
  return (
    Number(a.at) - Number(b.at) ||
    compareTexts(a.key_id ?? '', b.key_id ?? '') ||
    compareTexts(a.model ?? '', b.model ?? '') ||
    compareTexts(a.asset, b.asset)
  );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function rowOf(
  { key_id, model, at, asset }: GroupColumns,
  sums: UsageSums,
  labels: ReadonlyMap<string, string>,
): UsageRow {
  const unit = assetOf(asset);
  const label = key_id === null ? undefined : labels.get(key_id);
  const meters = [...sums.meters].filter(([, quantity]) => quantity !== 0n).sort(([a], [b]) => compareTexts(a, b));
  return {
    ...(key_id !== null && { keyId: key_id }),
    ...(label !== undefined && { keyLabel: label }),
    ...(model !== null && { model }),
    ...(at !== null && { at: Number(at) }),
    asset,
    requests: sums.requests,
    usage: Object.fromEntries(meters.map(([meter, quantity]) => [meter, formatQuantity(quantity)])),
    billed: formatAmount(sums.billed, unit),
    refunded: formatAmount(sums.refunded, unit),
    shortfall: formatAmount(sums.shortfall, unit),
    cost: formatAmount(sums.cost, unit),
    late: sums.late,
    estimated: sums.estimated,
    unpriced: sums.unpriced,
  };
}
