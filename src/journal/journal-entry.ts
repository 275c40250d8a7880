import type { Slot } from '../core/ledger/commands.js';
import type { OutcomeValue } from '../core/ledger/outcome.js';

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

export interface JournalBody {
  /** The command less its type and ids. */
  readonly asked: Readonly<Record<string, unknown>>;
  /** `token:<id>`, `key:<id>` or `system`. */
  readonly by: string;
  /** The number of the rules that it was decided by. */
  readonly rules: number;
  /** The price versions that were looked up by their books' names. */
  readonly prices?: Readonly<Record<string, string>>;
  readonly value: OutcomeValue;
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
  readonly body: JournalBody;
}

/** What to select of the journal for `readEntry`. */
export const JOURNAL_COLUMNS = `bucket, position, account_id, command_id, slot, type,
  (extract(epoch FROM now) * 1000)::bigint AS now, body`;

export function readEntry(row: JournalRow): JournalEntry {
  return {
    bucket: row.bucket,
    position: Number(row.position),
    accountId: row.account_id,
    commandId: row.command_id,
    slot: row.slot,
    type: row.type,
    now: Number(row.now),
    body: row.body,
  };
}
