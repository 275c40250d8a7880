import type pg from 'pg';
import type { Logger } from 'pino';
import type { Outcome } from '../core/ledger/outcome.js';
import { refuse } from '../core/ledger/outcome.js';
import { classifyDatabaseError } from '../db/errors.js';
import { NotCommitted } from './append.store.js';
import { attemptBatch, type BatchContext, type Pending } from './batch.js';
import { ClockStale, type DatabaseClock } from './clock.js';
import type { PriceSource } from './price-source.js';

const BACKOFF_FIRST_MS = 20;
const BACKOFF_MAX_MS = 1000;
/** Lost races on the locked path are deadlocks or failovers: rare, and over after a few tries. */
const RACES_MAX = 20;

export interface LaneOptions {
  readonly openConnection: () => Promise<pg.Client>;
  readonly clock: DatabaseClock;
  readonly prices: PriceSource;
  readonly idRange: () => { readonly oldestIdMs: number; readonly newestIdMs: number };
  readonly batchMax: number;
  /** How long a command waits for a database that is gone. */
  readonly outageWaitMs: number;
  readonly log: Logger;
}

/**
 * A lane has one batch in flight on a connection of its own; what arrives meanwhile is the next batch. No timer: an
 * idle lane commits one command at once, a busy one commits hundreds together.
 */
export class Lane {
  private queue: Pending[] = [];
  private connection: pg.Client | undefined;
  private running = false;
  private idle: (() => void)[] = [];

  constructor(private readonly options: LaneOptions) {}

  get waiting(): number {
    return this.queue.length;
  }

  push(pending: Pending): void {
    this.queue.push(pending);
    if (this.running) return;
    this.running = true;
    // The end of this turn of the event loop: what came in with it goes into the same batch.
    setImmediate(() => void this.run());
  }

  /** Resolves once nothing is queued or under way. */
  async drained(): Promise<void> {
    if (this.running) await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  async close(): Promise<void> {
    await this.drained();
    const { connection } = this;
    this.connection = undefined;
    await connection?.end();
  }

  private async run(): Promise<void> {
    while (this.queue.length > 0) {
      const batch =
        this.queue.length <= this.options.batchMax ? this.queue : this.queue.slice(0, this.options.batchMax);
      this.queue = batch === this.queue ? [] : this.queue.slice(batch.length);
      await this.process(batch.filter(notOverdue)).catch((error: unknown) => this.giveUp(batch, error));
      // Callers that were just answered send their next commands before the next batch closes.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.running = false;
    for (const resolve of this.idle.splice(0)) resolve();
  }

  /** Tries a batch until each of its commands has an outcome. */
  private async process(batch: readonly Pending[]): Promise<void> {
    let open = batch;
    let races = 0;
    let outage: Outage | undefined;
    while (open.length > 0) {
      const attempted = open;
      try {
        const outcomes = await this.attempt(attempted);
        for (const [index, pending] of attempted.entries()) pending.answer(outcomes[index] as Outcome);
        return;
      } catch (error) {
        const kind = kindOf(error);
        if (kind === 'connection') {
          outage ??= new Outage(this.options.outageWaitMs);
          this.options.log.warn({ err: error, commands: open.length }, 'the database is gone; the batch waits');
          open = await outage.wait(open);
          continue;
        }
        await this.rollBack();
        const raced = kind === 'lost-race' || kind === 'duplicate';
        if (!raced || races >= RACES_MAX) return this.oneByOne(open, error);
        races += 1;
      }
    }
  }

  /** After a failure that trying again does not mend: each command alone, so that a bad one fails alone. */
  private async oneByOne(batch: readonly Pending[], error: unknown): Promise<void> {
    if (batch.length === 1) throw error;
    for (const pending of batch) {
      await this.process([pending]).catch((fault: unknown) => this.giveUp([pending], fault));
    }
  }

  private async attempt(batch: readonly Pending[]): Promise<Outcome[]> {
    const { clock, prices, idRange, log } = this.options;
    let appending = false;
    try {
      await clock.ensureFresh();
      this.connection ??= await this.connect();
      const context: BatchContext = {
        ...idRange(),
        prices,
        nowMs: clock.now(),
        onAppend: () => {
          appending = true;
        },
        onFault: (error, command) =>
          log.error({ err: error, type: command.type, id: command.id }, 'a command could not be decided'),
      };
      return await attemptBatch(this.connection, batch, context);
    } catch (error) {
      if (kindOf(error) === 'connection') {
        this.drop();
        if (appending) for (const pending of batch) pending.inDoubt = true;
      }
      throw error;
    }
  }

  private async connect(): Promise<pg.Client> {
    const connection = await this.options.openConnection();
    connection.on('error', () => {
      if (this.connection === connection) this.drop();
    });
    return connection;
  }

  private drop(): void {
    const { connection } = this;
    this.connection = undefined;
    // The connection is broken: its end has nothing to tell.
    connection?.end().catch(() => undefined);
  }

  /** After a failed statement the transaction is still open. A connection that cannot end it is not used again. */
  private async rollBack(): Promise<void> {
    try {
      await this.connection?.query('ROLLBACK');
    } catch {
      this.drop();
    }
  }

  /** A failure that no rule foresees fails its command, and says so; nothing of it was committed. */
  private giveUp(batch: readonly Pending[], error: unknown): void {
    this.options.log.error(
      { err: error, commands: batch.length, type: batch[0]?.command.type },
      'a command failed in the database',
    );
    for (const pending of batch) pending.answer(pending.inDoubt ? unknownOutcome() : failure(error));
  }
}

function kindOf(error: unknown): ReturnType<typeof classifyDatabaseError> {
  if (error instanceof ClockStale) return 'connection';
  return error instanceof NotCommitted ? 'lost-race' : classifyDatabaseError(error);
}

/** The server's own trouble (classes 53, 57 and 58: resources, intervention, system) passes; anything else is a fault. */
function failure(error: unknown): Outcome {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^5[378]/.test(code)
    ? refuse('UNAVAILABLE', 'the database could not carry out the command; nothing was done', {
        retryAfterMs: BACKOFF_MAX_MS,
      })
    : refuse('INTERNAL', 'the command could not be carried out');
}

/** The time without a database: how long to wait before the next try, and whom to tell that it takes too long. */
class Outage {
  private delayMs = BACKOFF_FIRST_MS;
  private readonly since = Date.now();

  constructor(private readonly waitMs: number) {}

  /** Waits, then answers those that wait no longer; what is left is tried again. */
  async wait(open: readonly Pending[]): Promise<Pending[]> {
    await new Promise<void>((resolve) => setTimeout(resolve, this.delayMs));
    this.delayMs = Math.min(this.delayMs * 2, BACKOFF_MAX_MS);
    const tooLong = Date.now() - this.since >= this.waitMs;
    return open.filter((pending) => {
      const overdue = pending.deadlineMs !== undefined && Date.now() > pending.deadlineMs;
      if (!tooLong && !overdue) return true;
      if (pending.inDoubt) pending.answer(unknownOutcome());
      else if (overdue) pending.answer(deadlineExceeded());
      else
        pending.answer(
          refuse('UNAVAILABLE', 'the database cannot be reached; nothing was carried out', {
            retryAfterMs: BACKOFF_MAX_MS,
          }),
        );
      return false;
    });
  }
}

/** Answers a command whose deadline passed in the queue: it is not carried out. */
function notOverdue(pending: Pending): boolean {
  if (pending.deadlineMs === undefined || Date.now() <= pending.deadlineMs) return true;
  pending.answer(deadlineExceeded());
  return false;
}

function deadlineExceeded(): Outcome {
  return refuse('DEADLINE_EXCEEDED', 'the deadline passed before the command was carried out; nothing was done');
}

function unknownOutcome(): Outcome {
  return refuse(
    'OUTCOME_UNKNOWN',
    'the connection was lost at the commit; send the same id again to learn the outcome',
    { retryAfterMs: BACKOFF_MAX_MS },
  );
}
