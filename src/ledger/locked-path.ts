import type { Logger } from 'pino';
import { type Outcome, refuse } from '../core/ledger/outcome.js';
import { append } from './append.store.js';
import { type BatchContext, decideBatch, loadPrices } from './batch.js';
import type { DatabaseClock } from './clock.js';
import { kindOf } from './failure.js';
import { allOf } from './known.js';
import type { LaneConnection } from './lane-connection.js';
import { lockAndLoad } from './load.store.js';
import { Outage } from './outage.js';
import { notOverdue, type Pending, unknownOutcome } from './pending.js';
import type { LedgerState } from './state.js';

/** Lost races on the locked path are deadlocks or failovers: rare, and over after a few tries. */
const RACES_MAX = 20;

export interface LockedPathOptions {
  readonly connection: LaneConnection;
  readonly state: LedgerState;
  readonly clock: DatabaseClock;
  readonly context: (nowMs: number) => BatchContext;
  /** How long a command waits for a database that is gone. */
  readonly outageWaitMs: number;
  readonly log: Logger;
}

/**
 * The way that cannot lose to another append: the batch's buckets are locked before anything of them is read. It is
 * for buckets that another process has just appended to, and for every batch that failed: it tries until each of the
 * commands has an outcome. No other batch of the lane may be under way.
 */
export class LockedPath {
  /** Set while the database fails whole batches, until one succeeds again. */
  private outage: Outage | undefined;

  constructor(private readonly options: LockedPathOptions) {}

  get isOutage(): boolean {
    return this.outage !== undefined;
  }

  /** Carries out a batch and answers it; `failure` is what it failed with on another path. */
  async carryOut(batch: readonly Pending[], failure?: unknown): Promise<void> {
    await this.tryOut(batch, failure).catch((error: unknown) => this.giveUp(batch, error));
  }

  private async tryOut(batch: readonly Pending[], failure: unknown): Promise<void> {
    let open = batch.filter(notOverdue);
    let error = failure;
    let began = performance.now();
    for (let races = 0; open.length > 0; ) {
      if (error === undefined) {
        if (this.outage?.isResting) return this.outage.refuse(open);
        began = performance.now();
        error = await this.attempt(open).then(() => undefined, asFailure);
        if (error === undefined) return;
      }
      const kind = kindOf(error);
      if (kind === 'connection' || kind === 'trouble') {
        this.outage ??= new Outage(this.options.outageWaitMs, began);
        this.options.log.warn({ err: error, commands: open.length }, 'the database is not available; the batch waits');
        open = await this.outage.wait(open);
      } else {
        races += 1;
        if ((kind !== 'lost-race' && kind !== 'duplicate') || races > RACES_MAX) return this.oneByOne(open, error);
      }
      error = undefined;
    }
  }

  /** After a failure that trying again does not mend: each command alone, so that a bad one fails alone. */
  private async oneByOne(batch: readonly Pending[], error: unknown): Promise<void> {
    if (batch.length === 1) throw error;
    for (const pending of batch) await this.carryOut([pending]);
  }

  private async attempt(batch: readonly Pending[]): Promise<void> {
    const { connection, state, clock, context } = this.options;
    const needs = allOf(batch);
    let appending = false;
    state.drop(needs.buckets);
    try {
      await clock.ensureFresh();
      const client = await connection.get();
      const nowMs = clock.now();
      await lockAndLoad(client, needs, state, nowMs);
      await loadPrices(batch, state, context(nowMs).prices);
      connection.check(client);
      const decided = decideBatch(batch, state, context(nowMs));
      appending = true;
      await append(client, decided, { begin: false, tokenIds: [] });
      this.outage = undefined;
      state.easeContention(needs.buckets);
      for (const [index, pending] of batch.entries()) pending.answer(decided.outcomes[index] as Outcome);
    } catch (error) {
      state.drop(needs.buckets);
      if (kindOf(error) !== 'connection') await connection.rollBack();
      else {
        connection.drop();
        if (appending) for (const pending of batch) pending.inDoubt = true;
      }
      throw error;
    }
  }

  /** A failure that no rule foresees fails its command, and says so; nothing of it was committed. */
  private giveUp(batch: readonly Pending[], error: unknown): void {
    this.options.log.error(
      { err: error, commands: batch.length, type: batch[0]?.command.type },
      'a command failed in the database',
    );
    for (const pending of batch)
      pending.answer(pending.inDoubt ? unknownOutcome() : refuse('INTERNAL', 'the command could not be carried out'));
  }
}

/** What was thrown, as something that is not undefined. */
function asFailure(error: unknown): unknown {
  return error ?? new Error('the batch failed');
}
