import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { Logger } from '@nestjs/common';
import type pg from 'pg';
import type { Database } from '../db/database.js';
import {
  insertRows,
  limitWaiting,
  moveCursor,
  releaseLeases,
  selectLeases,
  selectUnread,
  type Unread,
  updateLeases,
} from './follower.store.js';
import type { JournalEntry } from './journal-entry.js';
import { JournalGap, type JournalReader } from './journal-reader.js';
import { planLeases } from './lease-plan.js';
import { Pause } from './pause.js';

const IDLE_FIRST_MS = 20;
const IDLE_MAX_MS = 500;
const BACKOFF_FIRST_MS = 100;
const BACKOFF_MAX_MS = 10_000;
/** Buckets that are worked on at once, so that one whose cursor is locked does not hold up the others. */
const BUCKETS_AT_ONCE = 2;
const LOCK_WAIT_MS = 1_000;

export interface FollowerOptions {
  /** The kind of follower: whose cursors and leases these are. */
  readonly follower: string;
  /**
   * Does the follower's work for consecutive rows of one bucket, in the transaction in which the cursor moves past
   * them: both happen or neither. The cursor is locked meanwhile, so nobody else works on the same rows.
   */
  readonly handle: (client: pg.PoolClient, bucket: number, entries: readonly JournalEntry[]) => Promise<void>;
  /** The most rows in one transaction. */
  readonly rowsMax?: number;
  /** How long a lease lasts without being renewed. */
  readonly leaseMs?: number;
}

/** The cursor is not where this process read from: another one was faster, and this transaction is rolled back. */
class CursorMoved extends Error {}

/**
 * Follows the journal for one kind of follower. Any number of processes may run a loop of the same kind: leases spread
 * the buckets over them, and are only there to save work. What makes each row count once is the cursor, which moves
 * only from where it was read, in the transaction of the work.
 */
export class FollowerLoop {
  private readonly holder = randomUUID();
  private readonly log: Logger;
  private readonly rowsMax: number;
  private readonly leaseMs: number;
  private readonly pause = new Pause(IDLE_FIRST_MS, IDLE_MAX_MS);
  private readonly held = new Set<number>();
  /** Buckets whose log has a hole: this process does not go on with them. */
  private readonly halted = new Set<number>();
  private readonly backoffs = new Map<number, { readonly until: number; readonly delayMs: number }>();
  private renewAt = Number.NEGATIVE_INFINITY;
  private prepared = false;
  private stopping = false;
  private running: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly reader: JournalReader,
    private readonly options: FollowerOptions,
  ) {
    this.log = new Logger(`${FollowerLoop.name} ${options.follower}`);
    this.rowsMax = options.rowsMax ?? 1_000;
    this.leaseMs = options.leaseMs ?? 10_000;
  }

  /** Begins to follow, and does so until `stop`. A database that is away is waited for. */
  start(): void {
    this.stopping = false;
    this.running ??= this.run();
  }

  /** Finishes what is under way, and gives the leases back. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.pause.end();
    await this.running;
    this.running = undefined;
  }

  /** Says that there may be news: an idle loop looks at once. */
  wake(): void {
    this.pause.end();
  }

  /** The buckets that this process reads just now. */
  get buckets(): readonly number[] {
    return [...this.held].sort((a, b) => a - b);
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      if ((await this.round()) > 0) this.pause.reset();
      else if (!this.stopping) await this.pause.wait();
    }
    await this.giveBack();
  }

  /** Looks at every bucket of this process once; answers how many rows were handled. */
  private async round(): Promise<number> {
    try {
      if (performance.now() >= this.renewAt) await this.renewLeases();
      const now = performance.now();
      const open = [...this.held].filter(
        (bucket) => !this.halted.has(bucket) && now >= (this.backoffs.get(bucket)?.until ?? 0),
      );
      const unread = open.length > 0 ? await selectUnread(this.database.pool, this.options.follower, open) : [];
      return await this.advanceAll(unread);
    } catch (error) {
      this.log.warn(`the journal could not be looked at, and will be again: ${String(error)}`);
      return 0;
    }
  }

  private async renewLeases(): Promise<void> {
    const { pool } = this.database;
    const { follower } = this.options;
    if (!this.prepared) await insertRows(pool, follower);
    this.prepared = true;
    const { keep, take, leave } = planLeases(await selectLeases(pool, follower), this.holder);
    if (leave.length > 0)
      await releaseLeases(
        pool,
        follower,
        this.holder,
        leave.map(({ bucket }) => bucket),
      );
    const renewed = await updateLeases(pool, follower, this.holder, [...keep, ...take], this.leaseMs);
    this.held.clear();
    for (const bucket of renewed) this.held.add(bucket);
    this.renewAt = performance.now() + this.leaseMs / 3;
  }

  private async advanceAll(unread: readonly Unread[]): Promise<number> {
    const waiting = [...unread];
    let handled = 0;
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next && !this.stopping; next = waiting.shift())
        handled += await this.advance(next);
    };
    await Promise.all(Array.from({ length: BUCKETS_AT_ONCE }, work));
    return handled;
  }

  /** Handles the next rows of one bucket; answers how many. A failure is the bucket's alone. */
  private async advance({ bucket, cursor }: Unread): Promise<number> {
    const { follower, handle } = this.options;
    try {
      const entries = await this.reader.read(bucket, cursor, this.rowsMax);
      if (entries.length === 0) return 0;
      await this.database.transaction(async (client) => {
        await limitWaiting(client, LOCK_WAIT_MS, this.leaseMs);
        if (!(await moveCursor(client, follower, bucket, cursor, cursor + entries.length))) throw new CursorMoved();
        await handle(client, bucket, entries);
      });
      this.backoffs.delete(bucket);
      return entries.length;
    } catch (error) {
      this.takeFailure(bucket, error);
      return 0;
    }
  }

  private takeFailure(bucket: number, error: unknown): void {
    // The next look reads the cursor anew.
    if (error instanceof CursorMoved) return;
    if (error instanceof JournalGap) {
      this.halted.add(bucket);
      this.log.fatal(`${error.message}: this bucket is not followed any further; run verify`);
      return;
    }
    const delayMs = Math.min((this.backoffs.get(bucket)?.delayMs ?? BACKOFF_FIRST_MS / 2) * 2, BACKOFF_MAX_MS);
    this.backoffs.set(bucket, { until: performance.now() + delayMs, delayMs });
    this.log.error(`bucket ${bucket} failed and is tried again in ${delayMs} ms: ${String(error)}`);
  }

  private async giveBack(): Promise<void> {
    this.held.clear();
    this.renewAt = Number.NEGATIVE_INFINITY;
    try {
      await releaseLeases(this.database.pool, this.options.follower, this.holder);
    } catch (error) {
      this.log.warn(`the leases could not be given back, and will run out: ${String(error)}`);
    }
  }
}
