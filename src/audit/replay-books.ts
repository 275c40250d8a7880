import type pg from 'pg';
import { AccountBooks, type Recorded } from '../core/ledger/books.js';
import type { Slot } from '../core/ledger/commands.js';
import { type StoredBody, unpackBody } from '../core/ledger/journal-body.js';
import type { JournalEntry } from '../journal/journal-entry.js';

interface EarlierRow {
  readonly account_id: string;
  readonly command_id: string;
  readonly slot: Slot;
  readonly type: string;
  readonly position: string;
  readonly now: string;
  readonly body: StoredBody;
}

/**
 * Rows that others refer to: the charge that a refund gives back, the command whose id a release carries. They are read
 * from the journal when they are needed, because a log's rows are too many to be kept.
 */
export class EarlierRows {
  private rows = new Map<string, { readonly position: number; readonly recorded: Recorded }>();
  /** The row that is being decided: only rows before it count. */
  position = 0;

  constructor(
    private readonly client: pg.ClientBase,
    private readonly bucket: number,
  ) {}

  async bring(entries: readonly JournalEntry[]): Promise<void> {
    const wanted = entries.flatMap(({ accountId, type, body }) => {
      const id =
        type === 'Refund' ? body.asked['chargeId'] : type === 'Release' ? body.asked['reservationId'] : undefined;
      return typeof id === 'string' ? [[accountId, id] as const] : [];
    });
    this.rows = new Map();
    if (wanted.length === 0) return;
    const { rows } = await this.client.query<EarlierRow>(
      `SELECT j.account_id, j.command_id, j.slot, j.type, j.position, j.body,
              (extract(epoch FROM j.now) * 1000)::bigint AS now
       FROM (SELECT DISTINCT * FROM unnest($2::uuid[], $3::uuid[]) AS w(account_id, id)) w
       JOIN journal j ON j.bucket = $1 AND j.account_id = w.account_id AND j.command_id = w.id
       ORDER BY j.position DESC`,
      [this.bucket, wanted.map(([accountId]) => accountId), wanted.map(([, id]) => id)],
    );
    for (const { account_id, command_id: commandId, slot, type, position, now, body } of rows) {
      const { asked, value } = unpackBody(body, { type, commandId, now: Number(now) });
      const recorded = { type, asked, value };
      this.rows.set(`${account_id} ${commandId} ${slot}`, { position: Number(position), recorded });
    }
  }

  find(accountId: string, id: string, slot: Slot): Recorded | undefined {
    const row = this.rows.get(`${accountId} ${id} ${slot}`);
    return row && row.position < this.position ? row.recorded : undefined;
  }
}

/** The books of an account as the journal makes them, row by row. */
export class ReplayBooks extends AccountBooks {
  constructor(
    accountId: string,
    private readonly earlier: EarlierRows,
  ) {
    super(accountId);
  }

  override recorded(id: string, slot: Slot): Recorded | undefined {
    return this.earlier.find(this.accountId, id, slot);
  }

  /** Nothing is noted: whatever was recorded is in the journal. */
  override record(): void {}
}
