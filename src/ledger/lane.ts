import type pg from 'pg';
import type { Logger } from 'pino';
import type { Outcome } from '../core/ledger/outcome.js';
import { append } from './append.store.js';
import { type BatchContext, type DecidedBatch, decideBatch, loadPrices } from './batch.js';
import type { DatabaseClock } from './clock.js';
import { kindOf } from './failure.js';
import { FairQueue, type Waiting } from './fair-queue.js';
import { unknownOf } from './known.js';
import { LaneConnection } from './lane-connection.js';
import { load } from './load.store.js';
import { LockedPath } from './locked-path.js';
import { notOverdue, type Pending } from './pending.js';
import type { PriceSource } from './price-source.js';
import { LedgerState, type StateLimits } from './state.js';

/** While PostgreSQL writes one batch the next one is decided, and is there when the first is committed. */
const FLIGHTS_MAX = 2;
/** Below this many commands a batch is not made smaller to leave some for the next. */
const BATCH_MIN = 64;

export interface LaneOptions {
  readonly openConnection: () => Promise<pg.Client>;
  readonly clock: DatabaseClock;
  readonly prices: PriceSource;
  readonly idRange: () => { readonly oldestIdMs: number; readonly newestIdMs: number };
  readonly batchMax: number;
  /** How long a command waits for a database that is gone. */
  readonly outageWaitMs: number;
  readonly limits: StateLimits;
  /** Who has how much waiting, over all lanes. */
  readonly waiting: Waiting;
  readonly log: Logger;
}

/** A batch that was sent and is not answered yet. */
interface Flight {
  readonly batch: readonly Pending[];
  readonly outcomes: readonly Outcome[];
  /** Resolves, never rejects, when the database has answered. */
  readonly landing: Promise<void>;
  landed: boolean;
  /** What it failed with. */
  failure: unknown;
  /** Commands whose refusal does not stand: their ids are in the journal. */
  refusedWrongly: ReadonlySet<Pending>;
}

/**
 * A lane serves its buckets on a connection of its own. What arrives while a batch is decided and written is the next
 * batch. No timer: an idle lane commits one command at once, a busy one commits hundreds together.
 *
 * A batch is decided on what the lane knows and is sent without a look at the tables; the fence at its beginning fails
 * it if another process has appended to one of its buckets. A second batch is decided on what the first will leave
 * behind, and sent after it on the same connection, so that it fails with the first. Answers wait for the commit of
 * their batch and of all before it.
 */
export class Lane {
  private readonly queue: FairQueue<Pending>;
  private readonly flights: Flight[] = [];
  private readonly state: LedgerState;
  private readonly connection: LaneConnection;
  private readonly lockedPath: LockedPath;
  private running = false;
  private idle: (() => void)[] = [];
  private wake: (() => void) | undefined;

  constructor(private readonly options: LaneOptions) {
    const { limits, openConnection, clock, outageWaitMs, waiting, log } = options;
    this.queue = new FairQueue(({ source, by }) => source ?? by, waiting);
    this.state = new LedgerState(limits);
    this.connection = new LaneConnection(openConnection, () => this.state.clear());
    this.lockedPath = new LockedPath({
      connection: this.connection,
      state: this.state,
      clock,
      context: (nowMs) => this.contextAt(nowMs),
      outageWaitMs,
      log,
    });
  }

  push(pending: Pending): void {
    this.queue.push(pending);
    if (this.running) {
      if (this.isWorthwhile()) this.wake?.();
      return;
    }
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
    await this.connection.close();
  }

  private async run(): Promise<void> {
    while (this.queue.length > 0 || this.flights.length > 0) {
      if (this.flights[0]?.landed) await this.land();
      else if (this.isWorthwhile()) await this.launch(this.takeBatch());
      else await this.woken();
      // Callers that were just answered send their next commands before the next batch closes.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.running = false;
    for (const resolve of this.idle.splice(0)) resolve();
  }

  /** Until a flight lands, or a command comes for which there is room. */
  private async woken(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.wake = resolve;
    });
    this.wake = undefined;
  }

  /** A batch behind another one has to be of some size: what dribbles in meanwhile costs less in the next one. */
  private isWorthwhile(): boolean {
    if (this.queue.length === 0 || this.flights.length >= FLIGHTS_MAX) return false;
    const flying = this.flights.at(-1)?.batch.length ?? 0;
    return 2 * this.queue.length >= flying;
  }

  /** Half of all that is open, so that PostgreSQL and this process have their hands full at the same time. */
  private takeBatch(): Pending[] {
    let flying = 0;
    for (const { batch } of this.flights) flying += batch.length;
    const half = Math.ceil((this.queue.length + flying) / 2);
    const size = Math.min(this.options.batchMax, Math.max(half, BATCH_MIN));
    return this.queue.take(size).filter(notOverdue);
  }

  /** Decides a batch and sends it, having read what is not known; answers it here only where that fails. */
  private async launch(batch: readonly Pending[]): Promise<void> {
    if (batch.length === 0) return;
    if (this.mustLock(batch)) return this.lock(batch);
    try {
      await this.options.clock.ensureFresh();
      if (!this.connection.current) await this.landAll();
      const client = await this.connection.get();
      if (!(await this.learn(client, batch))) return this.lock(batch);
      this.connection.check(client);
      const decided = this.decide(batch);
      if (!decided) return this.lock(batch);
      this.flights.push(this.takeOff(client, batch, decided));
    } catch (error) {
      this.state.drop(bucketsOf(batch));
      await this.fail(batch, error);
    }
  }

  /**
   * Undefined when it fails: another process may have appended while this one read, and one half of what is known be
   * older than the other. The fence would have told; under the lock it is decided on one moment's state.
   */
  private decide(batch: readonly Pending[]): DecidedBatch | undefined {
    try {
      const decided = decideBatch(batch, this.state, {
        ...this.contextAt(this.options.clock.now()),
        // Under the lock it is known whether the fault is the command's.
        onFault: (error) => {
          throw error;
        },
      });
      this.state.trim();
      return decided;
    } catch (error) {
      this.options.log.debug({ err: error, commands: batch.length }, 'a batch is decided again under the lock');
      this.state.drop(bucketsOf(batch));
      return undefined;
    }
  }

  /** Reads what the batch needs and is not known. False when the batch has to go the locked way after all. */
  private async learn(client: pg.Client, batch: readonly Pending[]): Promise<boolean> {
    if (!unknownOf(batch, this.state, this.options.clock.now())) return true;
    // What a batch under way has changed is not in the tables yet.
    await this.landAll();
    if (this.mustLock(batch) || this.connection.current !== client) return false;
    const nowMs = this.options.clock.now();
    const needs = unknownOf(batch, this.state, nowMs);
    if (needs) {
      await load(client, needs, this.state, nowMs);
      await loadPrices(batch, this.state, this.options.prices);
    }
    return true;
  }

  private mustLock(batch: readonly Pending[]): boolean {
    return this.lockedPath.isOutage || batch.some(({ inDoubt, bucket }) => inDoubt || this.state.isContended(bucket));
  }

  private takeOff(client: pg.Client, batch: readonly Pending[], decided: DecidedBatch): Flight {
    const tokenIds = new Set<string>();
    // Whoever is known to be revoked has been refused already, and must not fail the others.
    for (const { tokenId } of batch)
      if (tokenId !== undefined && !this.state.revokedTokens.has(tokenId)) tokenIds.add(tokenId);
    const sent = append(client, decided, { begin: true, tokenIds: [...tokenIds] });
    const flight: Flight = {
      batch,
      outcomes: decided.outcomes,
      landed: false,
      failure: undefined,
      refusedWrongly: new Set(),
      landing: sent
        .then(
          (refusedWrongly) => {
            flight.refusedWrongly = refusedWrongly;
          },
          (error: unknown) => {
            flight.failure = error ?? new Error('the batch failed');
          },
        )
        .then(() => {
          flight.landed = true;
          this.wake?.();
        }),
    };
    return flight;
  }

  private async landAll(): Promise<void> {
    while (this.flights[0]) {
      await this.flights[0].landing;
      await this.land();
    }
  }

  /** Answers the oldest flight, which has landed. When it failed, so have those that were decided on what it left. */
  private async land(): Promise<void> {
    const [flight] = this.flights;
    if (!flight) return;
    if (flight.failure === undefined) {
      this.flights.shift();
      this.answer(flight);
      return;
    }
    await Promise.all(this.flights.map(({ landing }) => landing));
    const all = this.flights.splice(0);
    for (const { batch, failure } of all) if (failure !== undefined) this.state.drop(bucketsOf(batch));
    for (const landed of all) {
      if (landed.failure === undefined) this.answer(landed);
      else {
        if (kindOf(landed.failure) === 'connection') for (const pending of landed.batch) pending.inDoubt = true;
        await this.fail(landed.batch, landed.failure);
      }
    }
  }

  private answer({ batch, outcomes, refusedWrongly }: Flight): void {
    const again: Pending[] = [];
    for (const [index, pending] of batch.entries()) {
      if (refusedWrongly.has(pending)) again.push(pending);
      else pending.answer(outcomes[index] as Outcome);
    }
    for (const pending of again) pending.mustLookUp = true;
    if (again.length > 0) this.queue.putBack(again);
  }

  private async fail(batch: readonly Pending[], error: unknown): Promise<void> {
    const kind = kindOf(error);
    if (kind === 'connection') this.connection.drop();
    if (kind === 'lost-race') this.state.markContended(bucketsOf(batch));
    await this.landAll();
    await this.lockedPath.carryOut(batch, error);
  }

  private async lock(batch: readonly Pending[]): Promise<void> {
    await this.landAll();
    await this.lockedPath.carryOut(batch);
  }

  private contextAt(nowMs: number): BatchContext {
    const { prices, idRange, log } = this.options;
    return {
      ...idRange(),
      prices,
      nowMs,
      onFault: (error, command) =>
        log.error({ err: error, type: command.type, id: command.id }, 'a command could not be decided'),
    };
  }
}

function bucketsOf(batch: readonly Pending[]): Set<number> {
  return new Set(batch.map(({ bucket }) => bucket));
}
