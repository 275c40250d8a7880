import { carryOutRecorded, type JournalRow } from '../core/ledger/carry-out.js';
import type { DueCommand, JournaledCommand } from '../core/ledger/commands.js';
import type { Context } from '../core/ledger/context.js';
import { RULES as LEDGER_RULES } from '../core/ledger/decide.js';
import { dueCommands } from '../core/ledger/due.js';
import type { JournalEntry } from '../journal/journal-entry.js';
import { differenceOf } from './difference.js';
import type { Rule } from './events.js';
import type { Findings } from './findings.js';
import { type EarlierRows, ReplayBooks } from './replay-books.js';
import { PriceVersionMissing, type ReplayPrices } from './replay-prices.js';
import type { TransferRow } from './transfer-row.js';

/** What a row turned out to be against. */
interface Breach {
  readonly rule: Rule;
  readonly message: string;
}

/**
 * Decides a bucket's rows again, in their order, on books made from nothing. An account of which a row comes out
 * otherwise is not followed further: all that comes after would differ too, and say nothing new.
 */
export class Replay {
  readonly books = new Map<string, ReplayBooks>();
  /** Accounts that were given up. */
  readonly broken = new Set<string>();
  /** What is due on an account and not carried out yet, in the order in which it must be. */
  private readonly pending = new Map<string, DueCommand[]>();

  constructor(
    private readonly earlier: EarlierRows,
    private readonly prices: ReplayPrices,
    private readonly findings: Findings,
  ) {}

  take(entry: JournalEntry, transfers: readonly TransferRow[]): void {
    const { accountId } = entry;
    if (this.broken.has(accountId)) return;
    const books = this.booksOf(accountId);
    this.earlier.position = entry.position;
    this.report(entry, this.checkDue(entry, books) ?? this.decide(entry, books, transfers));
  }

  /** What was begun and not finished when the log ended. */
  finish(bucket: number): void {
    for (const [accountId, [next]] of this.pending) {
      if (next && !this.broken.has(accountId)) {
        this.findings.add('due', `${next.type} ${next.id} was due and is missing at the end of the log`, {
          bucket,
          account: accountId,
        });
      }
    }
  }

  private booksOf(accountId: string): ReplayBooks {
    let books = this.books.get(accountId);
    if (!books) {
      books = new ReplayBooks(accountId, this.earlier);
      this.books.set(accountId, books);
    }
    return books;
  }

  private report({ bucket, position, accountId, commandId, type }: JournalEntry, breach: Breach | undefined): void {
    if (!breach) return;
    this.broken.add(accountId);
    const at = { bucket, position, account: accountId, command: commandId, type };
    this.findings.add(breach.rule, `${breach.message}; the account is not replayed any further`, at);
  }

  /** What is due comes before any other row of the account, and in its order. */
  private checkDue(entry: JournalEntry, books: ReplayBooks): Breach | undefined {
    const { accountId, commandId, type, now } = entry;
    const left = this.pending.get(accountId) ?? [];
    const due = left.length > 0 ? left : dueCommands(books, now);
    const [next, ...rest] = due;
    if (!next) {
      const isDue = type === 'ExpireHold' || type === 'ExpirePocket';
      return isDue ? { rule: 'due', message: `${type} was carried out though nothing was due` } : undefined;
    }
    if (next.id !== commandId || next.type !== type)
      return { rule: 'due', message: `${next.type} ${next.id} was due before this` };
    if (rest.length > 0) this.pending.set(accountId, rest);
    else this.pending.delete(accountId);
    return undefined;
  }

  private decide(entry: JournalEntry, books: ReplayBooks, transfers: readonly TransferRow[]): Breach | undefined {
    const { commandId: id, accountId, type, body } = entry;
    if (body.rules !== LEDGER_RULES) return { rule: 'rules', message: `rules ${body.rules} are not known here` };
    try {
      const command = { ...body.asked, type, id, accountId } as JournaledCommand;
      const carried = carryOutRecorded(command, books, this.contextOf(entry), body.by);
      if (!carried.ok)
        return {
          rule: 'replay',
          message: `it was carried out, and is refused now: ${carried.code} ${carried.message}`,
        };
      const { row } = carried;
      const message =
        slotDifference(entry, row) ?? outcomeDifference(entry, row) ?? transfersDifference(transfers, row);
      return message === undefined ? undefined : { rule: 'replay', message };
    } catch (error) {
      const rule = error instanceof PriceVersionMissing ? 'prices' : 'replay';
      return { rule, message: error instanceof Error ? error.message : String(error) };
    }
  }

  private contextOf(entry: JournalEntry): Context {
    return {
      now: entry.now,
      oldestIdMs: 0,
      newestIdMs: Number.MAX_SAFE_INTEGER,
      prices: { inForce: (book) => this.prices.ofRow(entry, book), version: (id) => this.prices.version(id) },
    };
  }
}

function slotDifference({ slot }: JournalEntry, row: JournalRow): string | undefined {
  return slot === row.slot ? undefined : `the slot is ${slot}, expected ${row.slot}`;
}

function outcomeDifference({ body }: JournalEntry, row: JournalRow): string | undefined {
  const again = { value: row.value, prices: row.prices ?? {} };
  const difference = differenceOf({ value: body.value, prices: body.prices ?? {} }, again);
  return difference === undefined ? undefined : `deciding it again, ${difference}`;
}

function transfersDifference(stored: readonly TransferRow[], row: JournalRow): string | undefined {
  const expected = row.changes.transfers;
  if (stored.length !== expected.length)
    return `it has ${stored.length} transfers, and comes to ${expected.length} again`;
  for (const [index, { kind, debit, credit, asset, amount }] of expected.entries()) {
    const found = stored[index];
    const again = `${kind} of ${amount} ${asset} from ${debit} to ${credit}`;
    const there = found && `${found.kind} of ${found.amount} ${found.asset} from ${found.debit} to ${found.credit}`;
    if (there !== again) return `transfer ${index + 1} is ${there}, and comes to ${again} again`;
  }
  return undefined;
}
