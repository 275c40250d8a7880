import { performance } from 'node:perf_hooks';
import type pg from 'pg';

const REFRESH_MS = 1000;
const STALE_MS = 5000;

/** Thrown when the database's clock was last seen too long ago to tell the time by. */
export class ClockStale extends Error {}

/**
 * The database's clock as this process estimates it, so that all processes decide by one clock, however wrong their
 * own are. It is asked every second; between two answers this process's monotonic clock carries it on.
 */
export class DatabaseClock {
  private offsetMs = 0;
  private seenAt = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly pool: pg.Pool,
    private readonly monotonicMs: () => number = () => performance.now(),
  ) {}

  async start(): Promise<void> {
    await this.refresh();
    this.timer = setInterval(() => {
      // A failure shows as staleness; the lanes notice a lost database by themselves.
      this.refresh().catch(() => undefined);
    }, REFRESH_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Milliseconds since 1970 by the database's clock. Throws `ClockStale` when the estimate is older than 5 s. */
  now(): number {
    const monotonic = this.monotonicMs();
    if (monotonic - this.seenAt > STALE_MS) throw new ClockStale('the database clock was last seen more than 5 s ago');
    return Math.floor(monotonic + this.offsetMs);
  }

  /** Asks once more when the estimate is too old to be used. */
  async ensureFresh(): Promise<void> {
    if (this.monotonicMs() - this.seenAt > STALE_MS) await this.refresh();
  }

  private async refresh(): Promise<void> {
    const asked = this.monotonicMs();
    const { rows } = await this.pool.query<{ ms: string }>('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS ms');
    const answered = this.monotonicMs();
    this.offsetMs = Number(rows[0]?.ms) - (asked + answered) / 2;
    this.seenAt = answered;
  }
}
