import type pg from 'pg';
import { type CarriedOut, carryOut } from '../core/ledger/carry-out.js';
import { type Command, slotOf } from '../core/ledger/commands.js';
import { type Outcome, refuse } from '../core/ledger/outcome.js';
import { Append } from './append.store.js';
import { lockAndLoad } from './load.store.js';
import type { Loaded } from './loaded.js';
import type { PlacedRow } from './netted.js';
import type { PriceSource } from './price-source.js';
import type { SettledUntil } from './settled-until.js';
import { BatchNeeds } from './wanted.js';

/** How many commands are decided before their rows are sent: enough that a statement's own cost does not count. */
const PART_COMMANDS = 128;

/** A command that waits for its outcome. */
export interface Pending {
  readonly command: Command;
  readonly bucket: number;
  /** Who sent it, for the journal: `token:<id>`, `key:<id>` or `system`. */
  readonly by: string;
  /** The service token that must not be revoked when the command is decided. */
  readonly tokenId: string | undefined;
  /** When the caller stops waiting, by this process's clock; undefined is never. */
  readonly deadlineMs: number | undefined;
  readonly answer: (outcome: Outcome) => void;
  /** True once an append with it was sent and the commit's answer was lost: it may or may not be carried out. */
  inDoubt: boolean;
}

/** What the attempts of a batch share. */
export interface BatchContext {
  readonly prices: PriceSource;
  readonly oldestIdMs: number;
  readonly newestIdMs: number;
  /** The database's clock, as this process estimates it. */
  readonly nowMs: number;
  readonly settled: SettledUntil;
  /** Called just before the append is sent: from then on a lost connection leaves the batch in doubt. */
  readonly onAppend: () => void;
  /** Called with what a command made `decide` throw: a fault of ours, which fails that command alone. */
  readonly onFault: (error: unknown, command: Command) => void;
}

/**
 * One attempt at a batch, in one transaction: lock and load, decide in order of arrival, append. Answers an outcome
 * for each command, in their order. Throws what the database said; then nothing of it was committed, unless the
 * connection was lost after `onAppend`.
 */
export async function attemptBatch(
  connection: pg.Client,
  batch: readonly Pending[],
  context: BatchContext,
): Promise<Outcome[]> {
  const needs = new BatchNeeds();
  for (const { command, bucket, tokenId } of batch) needs.add(command, bucket, tokenId);
  const loaded = await lockAndLoad(connection, needs, context.nowMs, context.settled);
  await loadPrices(batch, loaded, context.prices);
  const append = new Append(connection, loaded);
  const outcomes = await decideBatch(batch, loaded, context, append);
  context.onAppend();
  await append.commit();
  return outcomes;
}

/** Price tables are cached and immutable; what a batch needs is loaded only when it is met for the first time. */
async function loadPrices(batch: readonly Pending[], loaded: Loaded, prices: PriceSource): Promise<void> {
  const versions = new Set<string>();
  const names = new Set<string>();
  for (const { account, reservations } of loaded.books.values()) {
    for (const reservation of reservations.values()) versions.add(reservation.priceVersionId);
    for (const name of Object.values(account?.settings.books ?? {})) names.add(name);
  }
  for (const { command } of batch) {
    const assigned =
      command.type === 'OpenAccount'
        ? command.settings.books
        : command.type === 'UpdateAccount'
          ? command.set.books
          : undefined;
    for (const name of Object.values(assigned ?? {})) names.add(name);
  }
  await prices.ensureVersions([...versions]);
  await prices.ensureBooks([...names]);
}

/** Decides in order of arrival, part by part: while one part is decided, the rows of the one before are written. */
async function decideBatch(
  batch: readonly Pending[],
  loaded: Loaded,
  context: BatchContext,
  append: Append,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const positions = new Map<number, number>();
  for (let start = 0; start < batch.length; start += PART_COMMANDS) {
    // A turn of the event loop: what was sent leaves this process only then.
    if (start > 0) await new Promise<void>((resolve) => setImmediate(resolve));
    const rows: PlacedRow[] = [];
    for (const pending of batch.slice(start, start + PART_COMMANDS)) {
      const { bucket } = pending;
      const carried = decideOne(pending, loaded, context);
      outcomes.push(carried.outcome);
      let position = positions.get(bucket) ?? loaded.logs.get(bucket)?.position ?? 0;
      for (const journal of carried.rows) {
        position += 1;
        rows.push({ bucket, position, journal });
      }
      positions.set(bucket, position);
    }
    append.write(rows);
  }
  return outcomes;
}

function decideOne(pending: Pending, loaded: Loaded, context: BatchContext): CarriedOut {
  const { command, bucket, by, tokenId, inDoubt } = pending;
  const books = loaded.booksOf(command.accountId);
  // One in doubt that is carried out already is told so, whatever has become of its token meanwhile.
  const isRecorded = command.type !== 'Expire' && books.recorded(command.id, slotOf(command)) !== undefined;
  if (tokenId !== undefined && loaded.revokedTokens.has(tokenId) && !(inDoubt && isRecorded)) {
    return { outcome: refuse('AUTHENTICATION_FAILED', 'the service token is revoked'), rows: [] };
  }
  const log = loaded.logs.get(bucket);
  if (!log) throw new Error(`bucket ${bucket} does not exist`);
  const { oldestIdMs, newestIdMs, prices, nowMs } = context;
  const now = Math.max(nowMs, log.now);
  const onFault = (error: unknown): void => context.onFault(error, command);
  const carried = carryOut(command, books, { now, oldestIdMs, newestIdMs, prices }, by, onFault);
  const { outcome } = carried;
  // A command in doubt that turns out to be carried out is no repetition to its caller, who has had no answer yet.
  return inDoubt && outcome.ok ? { ...carried, outcome: { ...outcome, replayed: false } } : carried;
}
