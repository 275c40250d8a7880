import { Injectable } from '@nestjs/common';
import { Database } from '../db/database.js';
import { JOURNAL_COLUMNS, type JournalEntry, type JournalRow, readEntry } from './journal-entry.js';

/** A bucket's log has a hole. That cannot come from concurrency, only from damage: whoever reads the log stops there. */
export class JournalGap extends Error {
  override readonly name = 'JournalGap';

  constructor(
    readonly bucket: number,
    readonly expected: number,
    readonly found: number,
  ) {
    super(`the log of bucket ${bucket} has position ${found} where ${expected} was expected`);
  }
}

/**
 * Reads buckets' logs. A row becomes visible only after all before it, because an append advances its bucket's row from
 * the position before, so that "everything after my position" never skips a row that commits late.
 */
@Injectable()
export class JournalReader {
  private buckets: Promise<number> | undefined;

  constructor(private readonly database: Database) {}

  /**
   * The rows of a bucket after a position, in order, at most `limit` of them; none where the log ends there.
   *
   * @throws JournalGap where a position is missing or there twice.
   */
  async read(bucket: number, after: number, limit: number): Promise<JournalEntry[]> {
    const { rows } = await this.database.pool.query<JournalRow>(
      `SELECT ${JOURNAL_COLUMNS} FROM journal WHERE bucket = $1 AND position > $2 ORDER BY position LIMIT $3`,
      [bucket, after, limit],
    );
    const entries = rows.map(readEntry);
    let expected = after;
    for (const { position } of entries) {
      expected += 1;
      if (position !== expected) throw new JournalGap(bucket, expected, position);
    }
    return entries;
  }

  /** How many buckets the ledger has: fixed at its first migration. */
  bucketCount(): Promise<number> {
    this.buckets ??= this.countBuckets().catch((error: unknown) => {
      this.buckets = undefined;
      throw error;
    });
    return this.buckets;
  }

  private async countBuckets(): Promise<number> {
    const { rows } = await this.database.pool.query<{ count: string }>('SELECT count(*) FROM bucket');
    return Number(rows[0]?.count);
  }
}
