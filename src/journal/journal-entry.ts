import type { Slot } from '../core/ledger/commands.js';
import { type JournalBody, type StoredBody, unpackBody } from '../core/ledger/journal-body.js';

/** A row of the journal: what was asked, by whom, when, and what it came to. */
export interface JournalEntry {
  readonly bucket: number;
  /** Its place in the bucket's log: 1, 2, 3 … in the order of commits, without gaps. */
  readonly position: number;
  readonly accountId: string;
  readonly commandId: string;
  readonly slot: Slot;
  readonly type: string;
  /** The moment that it was decided at: milliseconds since 1970, never before that of the row before. */
  readonly now: number;
  readonly body: JournalBody;
}

/** A journal row as the database hands it over. */
export interface JournalRow {
  readonly bucket: number;
  readonly position: string;
  readonly account_id: string;
  readonly command_id: string;
  readonly slot: Slot;
  readonly type: string;
  readonly now: string;
  readonly body: StoredBody;
}

/** What to select of the journal for `readEntry`. */
export const JOURNAL_COLUMNS = `bucket, position, account_id, command_id, slot, type,
  (extract(epoch FROM now) * 1000)::bigint AS now, body`;

export function readEntry(row: JournalRow): JournalEntry {
  const { type, command_id: commandId } = row;
  const now = Number(row.now);
  return {
    bucket: row.bucket,
    position: Number(row.position),
    accountId: row.account_id,
    commandId,
    slot: row.slot,
    type,
    now,
    body: unpackBody(row.body, { type, commandId, now }),
  };
}
