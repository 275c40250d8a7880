import type { Logger } from 'pino';
import { firstIdAt } from '../core/ledger/ids.js';
import type { Database } from '../db/database.js';
import type { Ledger } from './ledger.js';

/** How many accounts one sweep looks after; the next sweep follows at once while there are more. */
const ACCOUNTS_MAX = 500;

/**
 * Submits `Expire` for accounts on which something is due and nothing happens: any other command would have carried
 * it out first. It changes nothing itself, so any number of sweepers may run.
 */
export class Sweeper {
  private timer: NodeJS.Timeout | undefined;
  private stopped = true;
  private sweeping: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly intervalMs: number,
    private readonly log: Logger,
  ) {}

  start(): void {
    this.stopped = false;
    this.schedule(this.intervalMs);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.sweeping;
  }

  private schedule(delayMs: number): void {
    this.timer = setTimeout(() => {
      this.sweeping = this.sweepAndSchedule();
    }, delayMs);
    this.timer.unref();
  }

  private async sweepAndSchedule(): Promise<void> {
    let found = 0;
    try {
      found = await this.sweep();
    } catch (error) {
      this.log.warn({ err: error }, 'a sweep failed; the next one will find the same');
    }
    if (!this.stopped) this.schedule(found >= ACCOUNTS_MAX ? 0 : this.intervalMs);
  }

  /** Carries out what is due now; answers on how many accounts something was. */
  async sweep(): Promise<number> {
    const now = this.ledger.now();
    const { rows } = await this.database.pool.query<{ account_id: string }>(DUE_ACCOUNTS, [now, ACCOUNTS_MAX]);
    await Promise.all(
      rows.map((row) =>
        this.ledger.submit({ type: 'Expire', id: firstIdAt(now), accountId: row.account_id }, { by: 'system' }),
      ),
    );
    return rows.length;
  }
}

/** Bucket by bucket, so that the index on (bucket, expiry) is used; an empty expired pocket is due to be closed. */
const DUE_ACCOUNTS = `
  SELECT account_id FROM (
    SELECT r.account_id FROM bucket b
    JOIN reservation r ON r.bucket = b.bucket AND r.status = 'HELD' AND r.expires_at <= to_timestamp($1::double precision / 1000)
    UNION
    SELECT p.account_id FROM bucket b
    JOIN pocket p ON p.bucket = b.bucket AND p.expires_at <= to_timestamp($1::double precision / 1000)
    WHERE NOT p.closed AND (p.balance > p.held OR p.balance = 0)
  ) due LIMIT $2`;
