import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Config } from '../config/config.js';
import { type PinnedBook, type PriceContext, PricesStale } from '../core/ledger/context.js';
import { compileBook } from '../core/pricing/compile-book.js';
import { Database } from '../db/database.js';
import type { PriceVersion } from './price.entity.js';
import { selectContents, selectNow, selectVersions } from './price.store.js';

/** How often a failed refresh is tried again within one interval. */
const TRIES_AN_INTERVAL = 10;

/**
 * The price versions in memory, compiled. Versions never change, so what was loaded stays right; which version is in
 * force changes, so that is read anew every `PRICE_REFRESH_MS`. A version takes effect two intervals after its import
 * or later: a process whose last look is not older than that prices as every other does, and an older one does not price.
 */
@Injectable()
export class PriceTable implements PriceContext, OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger(PriceTable.name);
  private readonly pinned = new Map<string, PinnedBook>();
  /** The versions of each book, the latest to take effect first. */
  private books: ReadonlyMap<string, readonly PriceVersion[]> = new Map();
  /** When the last successful look began, by this process' monotonic clock. */
  private refreshedAt = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  private running = false;
  /** Whether the last refresh failed: an outage is logged when it begins and when it ends. */
  private failing = false;

  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  /** Loads what is in force and keeps it so until `stop`. @throws what the database throws where it cannot be read. */
  async start(): Promise<void> {
    this.running = true;
    await this.refresh();
    this.schedule(this.config.PRICE_REFRESH_MS);
  }

  stop(): void {
    this.running = false;
    clearTimeout(this.timer);
  }

  onModuleInit(): Promise<void> {
    return this.start();
  }

  onApplicationShutdown(): void {
    this.stop();
  }

  /**
   * The version of the book in force at a moment (milliseconds since 1970); undefined when there is none.
   *
   * @throws PricesStale when the last look is too old, or the version of a moment long past is not loaded yet: it is
   * then being loaded, and a later try finds it.
   */
  inForce(book: string, at: number): PinnedBook | undefined {
    if (performance.now() - this.refreshedAt > 2 * this.config.PRICE_REFRESH_MS)
      throw new PricesStale('the prices could not be refreshed');
    const version = this.books.get(book)?.find(({ effectiveFrom }) => effectiveFrom <= at);
    if (!version) return undefined;
    const pinned = this.pinned.get(version.id);
    if (pinned) return pinned;
    this.ensureVersions([version.id]).catch((error: unknown) =>
      this.log.warn(`version ${version.id} was not loaded: ${String(error)}`),
    );
    throw new PricesStale(`version ${version.id} is being loaded`);
  }

  /** The version of that id, which `ensureVersions` has loaded. */
  version(priceVersionId: string): PinnedBook {
    const pinned = this.pinned.get(priceVersionId);
    if (!pinned) throw new Error(`price version ${priceVersionId} is not loaded`);
    return pinned;
  }

  /** Loads the versions that are not loaded yet. */
  async ensureVersions(priceVersionIds: readonly string[]): Promise<void> {
    const missing = priceVersionIds.filter((id) => !this.pinned.has(id));
    if (missing.length === 0) return;
    for (const { id, content } of await selectContents(this.database.dataSource.manager, missing)) {
      this.pinned.set(id, { priceVersionId: id, book: compileBook(content) });
    }
  }

  /** Looks for the books of that name of which nothing is known yet, so that a first version prices at once. */
  async ensureBooks(names: readonly string[]): Promise<void> {
    if (names.some((name) => !this.books.has(name))) await this.refresh();
  }

  /** Every version that is known, the latest to take effect first in each book. */
  list(): PriceVersion[] {
    return [...this.books.values()].flat();
  }

  /** Reads which versions there are, and loads those that are in force or will be. */
  async refresh(): Promise<void> {
    const began = performance.now();
    const now = await selectNow(this.database.dataSource.manager);
    const books = byBook(await selectVersions(this.database.dataSource.manager));
    await this.ensureVersions([...books.values()].flatMap((versions) => wanted(versions, now)));
    if (began < this.refreshedAt) return;
    this.books = books;
    this.refreshedAt = began;
  }

  private schedule(delayMs: number): void {
    if (!this.running) return;
    this.timer = setTimeout(() => void this.refreshAgain(), delayMs).unref();
  }

  private async refreshAgain(): Promise<void> {
    const interval = this.config.PRICE_REFRESH_MS;
    try {
      await this.refresh();
      if (this.failing) this.log.log('the prices are refreshed again');
      this.failing = false;
      this.schedule(interval);
    } catch (error) {
      if (!this.failing) this.log.warn(`the prices could not be refreshed: ${String(error)}`);
      this.failing = true;
      this.schedule(interval / TRIES_AN_INTERVAL);
    }
  }
}

function byBook(versions: readonly PriceVersion[]): Map<string, PriceVersion[]> {
  const books = new Map<string, PriceVersion[]>();
  for (const version of versions) books.set(version.book, [...(books.get(version.book) ?? []), version]);
  for (const list of books.values()) list.sort((a, b) => b.effectiveFrom - a.effectiveFrom);
  return books;
}

/** The version in force and those to come. */
function wanted(versions: readonly PriceVersion[], now: number): string[] {
  const inForce = versions.findIndex(({ effectiveFrom }) => effectiveFrom <= now);
  return versions.slice(0, inForce < 0 ? undefined : inForce + 1).map(({ id }) => id);
}
