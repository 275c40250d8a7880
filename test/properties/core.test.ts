import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AccountBooks } from '../../src/core/ledger/books.js';
import { carryOut, carryOutRecorded, type JournalRow } from '../../src/core/ledger/carry-out.js';
import type { Context } from '../../src/core/ledger/context.js';
import { RULES } from '../../src/core/ledger/decide.js';
import { packBody, unpackBody } from '../../src/core/ledger/journal-body.js';
import { funded, worldAt } from '../outcomes/table.js';
import { pinnedTableBook } from '../outcomes/table-book.js';
import { brokenInvariants } from './invariants.js';
import { type Step, sequence } from './sequences.js';

const START = Date.UTC(2026, 4, 1);
const pinned = pinnedTableBook();
const world = worldAt(START);

function contextAt(now: number): Context {
  return {
    now,
    oldestIdMs: 0,
    newestIdMs: Number.MAX_SAFE_INTEGER,
    prices: { inForce: (book) => (book === 'table' ? pinned : undefined), version: () => pinned },
  };
}

/** Runs a sequence on two accounts; answers their books and rows. */
function run(steps: readonly Step[], afterEach: (books: AccountBooks, rows: readonly JournalRow[]) => void) {
  const books = new Map(['a', 'b'].map((name) => [world.id(name), new AccountBooks(world.id(name))]));
  const rows = new Map([...books.keys()].map((id) => [id, [] as JournalRow[]]));
  let now = START;
  const opening = ['a', 'b']
    .flatMap((name) => funded(name, '10'))
    .flatMap((row) => (row.does === 'command' ? [{ name: 'opening', make: row.command }] : []));
  for (const step of [...opening, ...steps]) {
    if ('wait' in step) {
      now += step.wait;
      continue;
    }
    const command = step.make(world);
    const account = books.get(command.accountId) as AccountBooks;
    const journal = rows.get(command.accountId) as JournalRow[];
    journal.push(...carryOut(command, account, contextAt(now), 'test').rows);
    afterEach(account, journal);
  }
  return [...books.values()].map((account) => ({ account, journal: rows.get(account.accountId) as JournalRow[] }));
}

describe('any sequence of commands', () => {
  test('keeps every invariant after every command', () => {
    fc.assert(
      fc.property(sequence(80), (steps) => {
        run(steps, (books, rows) => expect(brokenInvariants(books, rows)).toEqual([]));
      }),
      { numRuns: 400 },
    );
  });

  test('is journaled without repetition, and read as it was', () => {
    fc.assert(
      fc.property(sequence(80), (steps) => {
        for (const row of run(steps, () => undefined).flatMap(({ journal }) => journal)) {
          const { command, asked, by, prices, value, now } = row;
          const stored = JSON.parse(packBody(row));
          const read = unpackBody(stored, { type: command.type, commandId: command.id, now });
          expect(read).toEqual(JSON.parse(JSON.stringify({ asked, by, rules: RULES, prices, value })));
        }
      }),
      { numRuns: 200 },
    );
  });

  test('is told by its journal: deciding the rows again gives the same values, transfers and books', () => {
    fc.assert(
      fc.property(sequence(80), (steps) => {
        for (const { account, journal } of run(steps, () => undefined)) {
          const again = new AccountBooks(account.accountId);
          for (const row of journal) {
            const carried = carryOutRecorded(row.command, again, contextAt(row.now), row.by);
            expect(carried.ok && carried.row).toEqual(row);
          }
          for (const part of ['account', 'pockets', 'reservations', 'charges', 'keys', 'references'] as const) {
            expect(again[part]).toEqual(account[part]);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
