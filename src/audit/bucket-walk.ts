import type pg from 'pg';
import { JOURNAL_COLUMNS, type JournalEntry, type JournalRow, readEntry } from '../journal/journal-entry.js';
import { AccountSums } from './account-sums.js';
import type { Counts, Findings } from './findings.js';
import type { PartitionBounds } from './partition-bounds.js';
import { Replay } from './replay.js';
import { EarlierRows } from './replay-books.js';
import type { ReplayPrices } from './replay-prices.js';
import { AlignedRows, PAGE, RowCursor } from './row-cursor.js';
import { checkHomes, checkPockets, checkReservations, checkState } from './state-check.js';
import { type BucketState, readState } from './state-rows.js';
import { TransferCheck } from './transfer-check.js';
import { TRANSFER_COLUMNS, type TransferRow } from './transfer-row.js';
import { checkNoRecords, checkUsageRecord, USAGE_RECORD_COLUMNS, type UsageRecordRow } from './usage-check.js';

/** What a bucket's row says, and how far the usage follower has read it. */
export interface BucketRow {
  readonly bucket: number;
  readonly position: number;
  readonly now: number;
  readonly usageCursor: number;
}

/** What the walks of all buckets share. */
export interface WalkContext {
  readonly client: pg.ClientBase;
  readonly buckets: number;
  readonly prices: ReplayPrices;
  readonly partitions: PartitionBounds;
  readonly findings: Findings;
  readonly counts: Counts;
}

type StoredEntry = JournalRow & { readonly partition: string };

/**
 * Walks along one bucket's log, once, with its transfers and usage records beside it, and holds what it comes to
 * against the tables. In memory are a page of each and the state of the bucket's accounts.
 */
export class BucketWalk {
  private readonly sums = new AccountSums();
  private readonly replay: Replay;
  private readonly earlier: EarlierRows;
  private last = 0;
  private lastNow = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly row: BucketRow,
    private readonly context: WalkContext,
  ) {
    this.earlier = new EarlierRows(context.client, row.bucket);
    this.replay = new Replay(this.earlier, context.prices, context.findings);
  }

  /** Answers after each page how many journal rows it had. */
  async *run(): AsyncGenerator<number> {
    const { bucket } = this.row;
    const { client, counts } = this.context;
    const state = await readState(client, bucket);
    const places = new Map(state.pockets.map(({ accountId, row }) => [row.id, { accountId, asset: row.asset }]));
    const check = new TransferCheck(bucket, places, this.context.findings);
    const journal = await this.open<StoredEntry>(
      'walk_journal',
      `tableoid::text AS partition, ${JOURNAL_COLUMNS}`,
      'journal',
      'position, command_id',
    );
    const transferCursor = await this.open<TransferRow>(
      'walk_transfers',
      TRANSFER_COLUMNS,
      'transfer',
      'position, line',
    );
    const recordCursor = await this.open<UsageRecordRow>(
      'walk_records',
      USAGE_RECORD_COLUMNS,
      'usage_record',
      'position',
    );
    const transfers = new AlignedRows(transferCursor);
    const records = new AlignedRows(recordCursor);
    for (let rows = await journal.page(); rows.length > 0; rows = rows.length < PAGE ? [] : await journal.page()) {
      await this.takePage(rows, transfers, records, check);
      counts.add('journal', rows.length);
      yield rows.length;
    }
    for (let rest = await transfers.rest(); rest.length > 0; rest = await transfers.rest())
      this.takeOrphans(transfers, rest, check);
    checkNoRecords(bucket, await records.rest(), this.context.findings);
    for (const cursor of [journal, transferCursor, recordCursor]) await cursor.close();
    this.finish(state, check);
  }

  private open<R extends pg.QueryResultRow>(
    name: string,
    columns: string,
    table: string,
    order: string,
  ): Promise<RowCursor<R>> {
    return RowCursor.open<R>(
      this.context.client,
      name,
      `SELECT ${columns} FROM ${table} WHERE bucket = ${this.row.bucket} ORDER BY ${order}`,
    );
  }

  private async takePage(
    rows: readonly StoredEntry[],
    transfers: AlignedRows<TransferRow>,
    records: AlignedRows<UsageRecordRow>,
    check: TransferCheck,
  ): Promise<void> {
    const entries = rows.map(readEntry);
    const end = entries.at(-1)?.position ?? 0;
    await this.context.prices.bring(entries);
    await this.earlier.bring(entries);
    await transfers.bring(end);
    await records.bring(end);
    for (const [index, entry] of entries.entries()) {
      this.checkPlace(entry, rows[index]?.partition ?? '');
      this.takeEntry(entry, transfers.take(entry.position), check);
      this.takeRecords(entry, records.take(entry.position));
    }
  }

  private takeEntry(entry: JournalEntry, rows: readonly TransferRow[], check: TransferCheck): void {
    const own = rows.filter(({ position }) => Number(position) === entry.position);
    for (const row of rows) this.takeTransfer(row);
    for (const row of rows) if (!own.includes(row)) check.takeOrphan(row);
    check.takeAll(entry, own);
    this.sums.addEntry(entry);
    this.replay.take(entry, own);
  }

  private takeOrphans(transfers: AlignedRows<TransferRow>, rows: readonly TransferRow[], check: TransferCheck): void {
    for (const row of rows) {
      this.takeTransfer(row);
      check.takeOrphan(row);
    }
    transfers.take(Number.POSITIVE_INFINITY);
  }

  private takeTransfer(row: TransferRow): void {
    const { findings, partitions, counts } = this.context;
    counts.add('transfers');
    this.sums.addTransfer(row);
    const wrong = partitions.wrong(row.partition, row.command_id);
    if (wrong)
      findings.add('partitions', wrong, {
        bucket: this.row.bucket,
        position: row.position,
        transfer: row.line,
        command: row.command_id,
      });
  }

  private takeRecords(entry: JournalEntry, rows: readonly UsageRecordRow[]): void {
    this.context.counts.add('usage_records', rows.length);
    if (entry.position <= this.row.usageCursor) checkUsageRecord(entry, rows, this.context.findings);
    else checkNoRecords(this.row.bucket, rows, this.context.findings);
  }

  private checkPlace({ bucket, position, now, accountId, commandId }: JournalEntry, partition: string): void {
    const { findings, partitions } = this.context;
    const at = { bucket, position, account: accountId, command: commandId };
    if (position !== this.last + 1) findings.add('positions', `expected position ${this.last + 1}`, at);
    if (now < this.lastNow)
      findings.add('moments', `${now} is before ${this.lastNow}, the moment of the row before`, at);
    const wrong = partitions.wrong(partition, commandId);
    if (wrong) findings.add('partitions', wrong, at);
    this.last = position;
    this.lastNow = Math.max(this.lastNow, now);
  }

  private finish(state: BucketState, check: TransferCheck): void {
    const { bucket, position, now } = this.row;
    const { findings, counts, buckets } = this.context;
    if (position !== this.last)
      findings.add('positions', `the bucket is at ${position}, its log ends at ${this.last}`, { bucket });
    if (now < this.lastNow) findings.add('moments', `the bucket is at ${now}, its log at ${this.lastNow}`, { bucket });
    this.replay.finish(bucket);
    checkHomes(bucket, buckets, state, this.replay, findings);
    checkPockets(bucket, state, check.movements, findings);
    checkReservations(bucket, state, findings);
    checkState(bucket, state, this.replay, findings);
    this.sums.check(
      bucket,
      state.charges.map(({ accountId, row }) => ({ accountId, charge: row })),
      findings,
    );
    for (const [kind, rows] of Object.entries(state)) counts.add(kind, rows.length);
  }
}
