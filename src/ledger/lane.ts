import type pg from 'pg';
import type { Logger } from 'pino';
import type { Outcome } from '../core/ledger/outcome.js';
import { refuse } from '../core/ledger/outcome.js';
import { NotCommitted } from '../db/database.js';
import { classifyDatabaseError, type DatabaseErrorKind } from '../db/errors.js';
import { attemptBatch, type BatchContext, type Pending } from './batch.js';
import { ClockStale, type DatabaseClock } from './clock.js';
import type { PriceSource } from './price-source.js';
import { SettledUntil } from './settled-until.js';

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
  private readonly settled = new SettledUntil();
  private running = false;
  private idle: (() => void)[] = [];
  /** Set while the database fails whole batches, until one succeeds again. */
  private outage: Outage | undefined;

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
    while (open.length > 0) {
      if (this.outage?.isResting) return this.outage.refuse(open);
      const attempted = open;
      const began = performance.now();
      try {
        const outcomes = await this.attempt(attempted);
        this.outage = undefined;
        for (const [index, pending] of attempted.entries()) pending.answer(outcomes[index] as Outcome);
        return;
      } catch (error) {
        const kind = kindOf(error);
        if (kind !== 'connection') await this.rollBack();
        if (kind === 'connection' || kind === 'trouble') {
          this.outage ??= new Outage(this.options.outageWaitMs, began);
          this.options.log.warn(
            { err: error, commands: open.length },
            'the database is not available; the batch waits',
          );
          open = await this.outage.wait(open);
          continue;
        }
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
        settled: this.settled,
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
    this.settled.forget();
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
    for (const pending of batch) pending.answer(pending.inDoubt ? unknownOutcome() : failed());
  }
}

/**
 * Classes 53, 57 and 58 (resources, intervention, system), and a lock that was not to be had in time: the server's own
 * trouble, which passes and has nothing to do with any command. Nothing was changed.
 */
const TROUBLE = /^(5[378]|55P03)/;

function kindOf(error: unknown): DatabaseErrorKind | 'trouble' {
  if (error instanceof ClockStale) return 'connection';
  if (error instanceof NotCommitted) return 'lost-race';
  const kind = classifyDatabaseError(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return kind !== 'connection' && TROUBLE.test(code) ? 'trouble' : kind;
}

/**
 * The time without a database: how long to wait before the next try, and whom to tell that it takes too long. Once it
 * has taken too long nobody waits for it any more, and between two tries commands are refused at once.
 */
class Outage {
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

/** Answers a command whose deadline passed while it waited: in the queue, or for a database that is gone. */
function notOverdue(pending: Pending): boolean {
  if (pending.deadlineMs === undefined || Date.now() <= pending.deadlineMs) return true;
  pending.answer(pending.inDoubt ? unknownOutcome() : deadlineExceeded());
  return false;
}

function deadlineExceeded(): Outcome {
  return refuse('DEADLINE_EXCEEDED', 'the deadline passed before the command was carried out; nothing was done');
}

function unavailable(): Outcome {
  return refuse('UNAVAILABLE', 'the database is not available; nothing was carried out', {
    retryAfterMs: BACKOFF_MAX_MS,
  });
}

function unknownOutcome(): Outcome {
  return refuse(
    'OUTCOME_UNKNOWN',
    'the connection was lost at the commit; send the same id again to learn the outcome',
    { retryAfterMs: BACKOFF_MAX_MS },
  );
}

/** A failure that is ours. */
function failed(): Outcome {
  return refuse('INTERNAL', 'the command could not be carried out');
}
