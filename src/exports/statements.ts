import { Injectable } from '@nestjs/common';
import { bucketOf } from '../core/ledger/ids.js';
import { type Refusal, refuse } from '../core/ledger/outcome.js';
import { formatAmount } from '../core/money/amount.js';
import { ASSETS, assetOf } from '../core/money/asset.js';
import { Database } from '../db/database.js';
import { JournalReader } from '../journal/journal-reader.js';
import type { Statement, StatementLine, StatementPart, StatementQuery, StatementTotal } from './statement.js';
import { findPosition, type LineRow, selectBalances, selectEnd, selectLines } from './statement.store.js';

const PAGE = 1_000;

/** Where in its bucket's log an account's statement lies. */
interface Span {
  readonly bucket: number;
  readonly accountId: string;
  readonly asset: string | undefined;
  /** Positions: the first that counts, and the first that does not. */
  readonly begin: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

/** Statements of accounts. They read a part of the log that does not change any more, so they need no long snapshot. */
@Injectable()
export class Statements {
  constructor(
    private readonly database: Database,
    private readonly reader: JournalReader,
  ) {}

  /** Refused as `VALIDATION` with the field, or `ACCOUNT_NOT_FOUND`; the parts are read while they are taken. */
  async statement(query: StatementQuery): Promise<Statement | Refusal> {
    const { accountId, from = 0, to, asset } = query;
    if (to !== undefined && to < from)
      return refuse('VALIDATION', 'expected a moment that is not before from_at_ms', { field: 'to_at_ms' });
    if (asset !== undefined && !ASSETS.has(asset)) {
      return refuse('VALIDATION', 'expected the code of an asset', { field: 'asset', allowed: [...ASSETS.keys()] });
    }
    const { pool } = this.database;
    const bucket = bucketOf(accountId, await this.reader.bucketCount());
    const last = await selectEnd(pool, bucket, accountId);
    if (!last) return refuse('ACCOUNT_NOT_FOUND', 'no account has this id', { field: 'account_id' });
    const begin = await findPosition(pool, bucket, from, last.position);
    const end = to === undefined ? last.position + 1 : await findPosition(pool, bucket, to, last.position);
    return { ok: true, parts: this.parts({ bucket, accountId, asset, begin, end, from, to: to ?? last.now }) };
  }

  private async *parts(span: Span): AsyncGenerator<StatementPart> {
    const balances = await this.openingBalances(span);
    yield { type: 'opening', at: span.from, byAsset: texts(balances) };
    const totals = new Map<string, { asset: string; kind: string; amount: bigint; count: number }>();
    for await (const row of this.rows(span)) {
      const amount = BigInt(row.amount);
      const balance = (balances.get(row.asset) ?? 0n) + amount;
      balances.set(row.asset, balance);
      const key = `${row.asset} ${row.kind}`;
      const total = totals.get(key) ?? { asset: row.asset, kind: row.kind, amount: 0n, count: 0 };
      totals.set(key, { ...total, amount: total.amount + amount, count: total.count + 1 });
      yield lineOf(row, amount, balance);
    }
    const sums = [...totals.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, total]) => totalOf(total));
    yield { type: 'closing', at: span.to, byAsset: texts(balances), totals: sums };
  }

  private async openingBalances({ bucket, accountId, begin, asset }: Span): Promise<Map<string, bigint>> {
    const rows = await selectBalances(this.database.pool, bucket, accountId, begin);
    const wanted = rows.filter((row) => asset === undefined || row.asset === asset);
    return new Map(wanted.map((row) => [row.asset, BigInt(row.balance)]));
  }

  private async *rows({ bucket, accountId, begin, end, asset }: Span): AsyncGenerator<LineRow> {
    let after = { position: begin, line: 0 };
    for (;;) {
      const rows = await selectLines(this.database.pool, bucket, accountId, after, end, asset, PAGE);
      yield* rows;
      const last = rows.at(-1);
      if (!last || rows.length < PAGE) return;
      after = { position: Number(last.position), line: last.line };
    }
  }
}

function lineOf(row: LineRow, amount: bigint, balance: bigint): StatementLine {
  const unit = assetOf(row.asset);
  return {
    type: 'line',
    at: Number(row.at),
    commandId: row.command_id,
    commandType: row.type,
    kind: row.kind,
    asset: row.asset,
    amount: formatAmount(amount, unit),
    pocketId: row.pocket_id,
    balance: formatAmount(balance, unit),
    ...(row.key_id !== null && { keyId: row.key_id }),
    ...(row.model !== null && { model: row.model }),
    ...(row.note !== null && { note: row.note }),
  };
}

function totalOf({
  asset,
  kind,
  amount,
  count,
}: {
  asset: string;
  kind: string;
  amount: bigint;
  count: number;
}): StatementTotal {
  return { asset, kind, amount: formatAmount(amount, assetOf(asset)), count };
}

function texts(balances: ReadonlyMap<string, bigint>): Record<string, string> {
  return Object.fromEntries([...balances].map(([asset, balance]) => [asset, formatAmount(balance, assetOf(asset))]));
}
