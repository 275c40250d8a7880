import { type Outcome, refuse } from '../core/ledger/outcome.js';
import { notOverdue, type Pending, unknownOutcome } from './pending.js';

const BACKOFF_FIRST_MS = 20;
const BACKOFF_MAX_MS = 1000;

/**
 * The time without a database: how long to wait before the next try, and whom to tell that it takes too long. Once it
 * has taken too long nobody waits for it any more, and between two tries commands are refused at once.
 */
export class Outage {
  private delayMs = BACKOFF_FIRST_MS;
  private nextTryAt = 0;

  constructor(
    private readonly waitMs: number,
    private readonly since: number,
  ) {}

  get isResting(): boolean {
    return this.isTooLong() && performance.now() < this.nextTryAt;
  }

  /** Waits, then answers those that wait no longer; what is left is tried again. */
  async wait(open: readonly Pending[]): Promise<Pending[]> {
    const { delayMs } = this;
    this.delayMs = Math.min(delayMs * 2, BACKOFF_MAX_MS);
    this.nextTryAt = performance.now() + delayMs;
    if (!this.isTooLong()) await new Promise<void>((resolve) => setTimeout(resolve, delayMs));
    if (!this.isTooLong()) return open.filter(notOverdue);
    this.refuse(open);
    return [];
  }

  /** Answers all of them: what was sent to be committed is not known, of the rest nothing was done. */
  refuse(open: readonly Pending[]): void {
    for (const pending of open) pending.answer(pending.inDoubt ? unknownOutcome() : unavailable());
  }

  private isTooLong(): boolean {
    return performance.now() - this.since >= this.waitMs;
  }
}

function unavailable(): Outcome {
  return refuse('UNAVAILABLE', 'the database is not available; nothing was carried out', {
    retryAfterMs: BACKOFF_MAX_MS,
  });
}
