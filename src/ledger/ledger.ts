import type { Logger } from 'pino';
import type { Command } from '../core/ledger/commands.js';
import { bucketOf } from '../core/ledger/ids.js';
import { type Outcome, refuse } from '../core/ledger/outcome.js';
import type { Database } from '../db/database.js';
import { partitionRange } from '../db/partitions.js';
import { DatabaseClock } from './clock.js';
import { Waiting } from './fair-queue.js';
import { Lane } from './lane.js';
import type { PriceSource } from './price-source.js';

/** How often the journal's partitions are looked at: months begin rarely. */
const ID_RANGE_REFRESH_MS = 60_000;

export interface LedgerOptions {
  readonly lanes: number;
  readonly batchMax: number;
  /**
   * How many commands may wait over all lanes. One more is `RESOURCE_EXHAUSTED` at once for a source that has its equal
   * share of them, and for every one when there are twice as many.
   */
  readonly queueMax: number;
  readonly outageWaitMs: number;
  /** How many accounts and open reservations all lanes together keep in memory. */
  readonly cacheAccounts: number;
  readonly cacheReservations: number;
  /** This process's monotonic clock in milliseconds; tests give one that is wrong. */
  readonly monotonicMs?: () => number;
}

export interface SubmitOptions {
  /** When the caller stops waiting: `Date.now()` of this process. A command still queued then is not carried out. */
  readonly deadlineMs?: number | undefined;
  /** Who sends it, for the journal: `token:<id>`, `key:<id>` or `system`. */
  readonly by?: string;
  /** The service token behind it: refused if it is revoked when the batch is decided. */
  readonly tokenId?: string | undefined;
  /** Whose turn its commands share: those of several sources are taken in turn. Without it, whoever sends it. */
  readonly source?: string;
}

/**
 * The engine: the one way in for every change of money, and the only writer of the money tables. It puts commands on
 * the lanes of their buckets, and answers each once it is durable.
 */
export class Ledger {
  private readonly clock: DatabaseClock;
  private readonly waiting = new Waiting();
  private lanes: Lane[] = [];
  private idRange = { oldestIdMs: 0, newestIdMs: 0 };
  private bucketCount = 0;
  private accepting = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly prices: PriceSource,
    private readonly options: LedgerOptions,
    private readonly log: Logger,
  ) {
    this.clock = new DatabaseClock(database.pool, options.monotonicMs);
  }

  /** How many buckets the ledger has. Read from the database, where the first migration fixed it. */
  get buckets(): number {
    return this.bucketCount;
  }

  /** The database's clock as this process knows it, in milliseconds since 1970. */
  now(): number {
    return this.clock.now();
  }

  async start(): Promise<void> {
    await this.clock.start();
    const { rows } = await this.database.pool.query<{ count: string }>('SELECT count(*) FROM bucket');
    this.bucketCount = Number(rows[0]?.count);
    if (this.bucketCount === 0) throw new Error('the ledger has no buckets: run the migrations first');
    await this.refreshIdRange();
    this.timer = setInterval(() => {
      this.refreshIdRange().catch((error: unknown) =>
        this.log.warn({ err: error }, 'the partitions could not be read'),
      );
    }, ID_RANGE_REFRESH_MS);
    this.timer.unref();
    this.lanes = Array.from({ length: this.options.lanes }, () => this.newLane());
    this.accepting = true;
  }

  /** Carries out a command. Never rejects: whatever goes wrong is a named refusal. */
  submit(command: Command, options: SubmitOptions = {}): Promise<Outcome> {
    if (!this.accepting)
      return Promise.resolve(refuse('UNAVAILABLE', 'the service is not accepting commands', { retryAfterMs: 1000 }));
    const { by = 'system', source } = options;
    if (!this.waiting.admits(source ?? by, this.options.queueMax)) {
      return Promise.resolve(refuse('RESOURCE_EXHAUSTED', 'too many commands are waiting', { retryAfterMs: 100 }));
    }
    const bucket = bucketOf(command.accountId, this.bucketCount);
    const lane = this.lanes[bucket % this.lanes.length] as Lane;
    return new Promise((answer) => {
      lane.push({
        command,
        bucket,
        by,
        source,
        tokenId: options.tokenId,
        deadlineMs: options.deadlineMs,
        answer,
        inDoubt: false,
        mustLookUp: false,
        lookedUp: false,
      });
    });
  }

  /** Stops accepting, finishes what is queued, and closes the connections. */
  async drain(): Promise<void> {
    this.accepting = false;
    clearInterval(this.timer);
    await Promise.all(this.lanes.map((lane) => lane.close()));
    this.clock.stop();
  }

  private async refreshIdRange(): Promise<void> {
    this.idRange = await partitionRange(this.database.pool);
  }

  private newLane(): Lane {
    const { batchMax, outageWaitMs, lanes, cacheAccounts, cacheReservations } = this.options;
    return new Lane({
      openConnection: () => this.database.openEngineConnection(),
      clock: this.clock,
      prices: this.prices,
      idRange: () => this.idRange,
      batchMax,
      outageWaitMs,
      limits: { accounts: Math.ceil(cacheAccounts / lanes), reservations: Math.ceil(cacheReservations / lanes) },
      waiting: this.waiting,
      log: this.log,
    });
  }
}
