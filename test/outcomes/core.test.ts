import { describe, expect, test } from '@jest/globals';
import { AccountBooks } from '../../src/core/ledger/books.js';
import { carryOut } from '../../src/core/ledger/carry-out.js';
import type { Context } from '../../src/core/ledger/context.js';
import { checkOutcome } from './expectations.js';
import { pocketTexts } from './pocket-texts.js';
import { type Row, type World, worldAt } from './table.js';
import { pinnedTableBook } from './table-book.js';
import { TABLES } from './tables.js';

const START = Date.UTC(2026, 4, 1);

/** The pure core with books in memory: as many accounts as a table names. */
class CoreRunner {
  private readonly books = new Map<string, AccountBooks>();
  private readonly pinned = pinnedTableBook();
  private now: number;

  constructor(private readonly world: World) {
    this.now = world.start;
  }

  run(row: Row, name: string): void {
    this.now += 1;
    if (row.does === 'wait') this.now += row.ms;
    if (row.does === 'pockets')
      expect({ name, pockets: this.pocketsOf(row.account) }).toEqual({ name, pockets: row.expected });
    if (row.does !== 'command') return;
    const command = row.command(this.world);
    const context: Context = {
      now: this.now,
      oldestIdMs: 0,
      newestIdMs: Number.MAX_SAFE_INTEGER,
      prices: { inForce: (book) => (book === 'table' ? this.pinned : undefined), version: () => this.pinned },
    };
    checkOutcome(carryOut(command, this.booksOf(command.accountId), context, 'test').outcome, row.expected, name);
  }

  private booksOf(accountId: string): AccountBooks {
    const books = this.books.get(accountId) ?? new AccountBooks(accountId);
    this.books.set(accountId, books);
    return books;
  }

  private pocketsOf(account: string): Record<string, string> {
    const accountId = this.world.id(account);
    return pocketTexts([...this.booksOf(accountId).pockets.values()], accountId, this.world);
  }
}

describe('the pure core', () => {
  test.each(TABLES.map((table) => [table.name, table] as const))('%s', (_name, table) => {
    const runner = new CoreRunner(worldAt(START));
    for (const [index, row] of table.rows.entries()) runner.run(row, `row ${index + 1}`);
  });
});
