import type { AccountBooks } from './books.js';
import { applyChanges, type Changes } from './changes.js';
import { type Command, type JournaledCommand, type Slot, slotOf, slotOfRow } from './commands.js';
import { type Context, PricesStale } from './context.js';
import { decide } from './decide.js';
import { dueCommands } from './due.js';
import { timeOfId } from './ids.js';
import { type Outcome, type OutcomeValue, type Refusal, refuse } from './outcome.js';
import { contentOf, recognise } from './replay.js';

/** How far ahead of the ledger's clock an id's time may be: room for a caller whose clock is wrong. */
const ID_AHEAD_MAX_MS = 24 * 60 * 60 * 1000;

/** A command that was carried out, as it goes into the journal. */
export interface JournalRow {
  readonly command: JournaledCommand;
  readonly slot: Slot;
  readonly asked: Readonly<Record<string, unknown>>;
  readonly by: string;
  readonly now: number;
  readonly prices?: Readonly<Record<string, string>>;
  readonly value: OutcomeValue;
  readonly changes: Changes;
}

export interface CarriedOut {
  readonly outcome: Outcome;
  /** What was due, then the command itself unless it was refused, replayed, or an Expire. */
  readonly rows: readonly JournalRow[];
}

/**
 * Carries out a command on its account's books, which are changed: first what is due, each as a row of its own, then
 * the command. A refusal changes nothing beyond what was due.
 *
 * @param onFault is told what the command made `decide` throw: the command is `INTERNAL` then, and what was due before
 * it stays carried out. Without it the error is thrown, and the books are good for nothing any more.
 */
export function carryOut(
  command: Command,
  books: AccountBooks,
  context: Context,
  by: string,
  onFault?: (error: unknown) => void,
): CarriedOut {
  const rows: JournalRow[] = [];
  for (const due of dueCommands(books, context.now)) rows.push(carryOutDue(due, books, context));
  if (command.type === 'Expire')
    return { outcome: { ok: true, value: { type: 'swept', due: rows.length }, replayed: false }, rows };
  try {
    const { outcome, row } = carryOutNew(command, books, context, by);
    return { outcome, rows: row ? [...rows, row] : rows };
  } catch (error) {
    if (!onFault) throw error;
    onFault(error);
    return { outcome: refuse('INTERNAL', 'the command could not be decided'), rows };
  }
}

/** Carries out a command that is not recognised as a repetition. */
function carryOutNew(
  command: JournaledCommand,
  books: AccountBooks,
  context: Context,
  by: string,
): { readonly outcome: Outcome; readonly row?: JournalRow } {
  const known = recognise(command, books) ?? checkId(command, context);
  if (known) return { outcome: known };
  const carried = carryOutRecorded(command, books, context, by);
  if (!carried.ok) return { outcome: carried };
  const { row } = carried;
  const reserved = command.type === 'Reserve';
  return { outcome: { ok: true, value: row.value, replayed: false, ...(reserved && { reservation: 'HELD' }) }, row };
}

function carryOutDue(command: JournaledCommand, books: AccountBooks, context: Context): JournalRow {
  const carried = carryOutRecorded(command, books, context, 'system');
  if (!carried.ok) throw new Error(`what is due was refused: ${carried.message}`);
  return carried.row;
}

/** Decides exactly this command, without looking for what is due: what a replay of the journal does, row by row. */
export function carryOutRecorded(
  command: JournaledCommand,
  books: AccountBooks,
  context: Context,
  by: string,
): Refusal | { readonly ok: true; readonly row: JournalRow } {
  const decision = decideOrRefuse(command, books, context);
  if (!decision.ok) return decision;
  const { value, changes, prices } = decision;
  const slot = slotOfRow(command, value);
  const asked = contentOf(command);
  applyChanges(books, changes);
  books.record(command.id, slot, { type: command.type, asked, value });
  return { ok: true, row: { command, slot, asked, by, now: context.now, ...(prices && { prices }), value, changes } };
}

function decideOrRefuse(command: JournaledCommand, books: AccountBooks, context: Context): ReturnType<typeof decide> {
  try {
    return decide(command, books, context);
  } catch (error) {
    if (error instanceof PricesStale)
      return refuse('UNAVAILABLE', 'the price tables could not be refreshed', { retryAfterMs: 1000 });
    throw error;
  }
}

/** An id outside the journal's partitions could be carried out twice, or not be recorded at all. */
function checkId(command: JournaledCommand, context: Context): Refusal | undefined {
  const time = timeOfId(command.id);
  const field = slotOf(command) === 'end' ? 'reservation_id' : 'id';
  if (time < context.oldestIdMs)
    return refuse('ID_TOO_OLD', 'the time in the id lies before the oldest journal that is kept', { field });
  if (time >= context.newestIdMs || time > context.now + ID_AHEAD_MAX_MS) {
    return refuse('VALIDATION', 'expected a UUIDv7 whose time is at most a day ahead', { field });
  }
  return undefined;
}
