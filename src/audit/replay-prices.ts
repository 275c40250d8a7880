import type pg from 'pg';
import type { PinnedBook } from '../core/ledger/context.js';
import { compileBook } from '../core/pricing/compile-book.js';
import type { PriceBook } from '../core/pricing/price-book.js';
import type { JournalEntry } from '../journal/journal-entry.js';

/** A row was priced by a version that is not there, or is of another book. */
export class PriceVersionMissing extends Error {}

/** The price versions that the journal names, as the snapshot has them. */
export class ReplayPrices {
  private readonly pinned = new Map<string, PinnedBook>();

  constructor(private readonly client: pg.ClientBase) {}

  get count(): number {
    return this.pinned.size;
  }

  /** Loads what these rows looked up. A reservation's version was looked up by its Reserve, so later rows find it too. */
  async bring(entries: readonly JournalEntry[]): Promise<void> {
    const wanted = new Set<string>();
    for (const { body } of entries) {
      for (const id of Object.values(body.prices ?? {})) if (!this.pinned.has(id)) wanted.add(id);
    }
    if (wanted.size === 0) return;
    const { rows } = await this.client.query<{ id: string; content: PriceBook }>(
      'SELECT id, content FROM price_version WHERE id::text = any($1)',
      [[...wanted]],
    );
    for (const { id, content } of rows) this.pinned.set(id, { priceVersionId: id, book: compileBook(content) });
  }

  /** @throws PriceVersionMissing */
  version(id: string): PinnedBook {
    const pinned = this.pinned.get(id);
    if (!pinned) throw new PriceVersionMissing(`price version ${id} is missing`);
    return pinned;
  }

  /** The version that a row says was in force of a book; undefined where it names none. @throws PriceVersionMissing */
  ofRow({ body }: JournalEntry, book: string): PinnedBook | undefined {
    const id = body.prices?.[book];
    if (id === undefined) return undefined;
    const pinned = this.version(id);
    if (pinned.book.name !== book)
      throw new PriceVersionMissing(`price version ${id} is of book ${pinned.book.name}, not ${book}`);
    return pinned;
  }
}
