import { randomUUID } from 'node:crypto';
import { type CarriedOut, carryOut } from '../core/ledger/carry-out.js';
import type { Command } from '../core/ledger/commands.js';
import { type Outcome, refuse } from '../core/ledger/outcome.js';
import { recordOf } from '../core/ledger/replay.js';
import type { PlacedRow } from './netted.js';
import type { Pending } from './pending.js';
import type { PriceSource } from './price-source.js';
import type { AccountState, BucketLog, LedgerState } from './state.js';

/** What the decisions of a batch share. */
export interface BatchContext {
  readonly prices: PriceSource;
  readonly oldestIdMs: number;
  readonly newestIdMs: number;
  /** The database's clock, as this process estimates it. */
  readonly nowMs: number;
  /** Called with what a command made `decide` throw: a fault of ours, which fails that command alone. */
  readonly onFault: (error: unknown, command: Command) => void;
}

/** A bucket's log as a batch found it, and as its append will leave it: the same where nothing was carried out. */
export interface Advance {
  readonly bucket: number;
  readonly from: BucketLog;
  readonly to: BucketLog;
}

/** A batch that is decided and not yet written. */
export interface DecidedBatch {
  /** One for each command, in their order. */
  readonly outcomes: readonly Outcome[];
  /** Sorted by bucket and position. */
  readonly rows: readonly PlacedRow[];
  /** Every bucket of the batch, sorted. */
  readonly advances: readonly Advance[];
  /** Commands that were refused though their ids were not looked up: such an id must not be in the journal. */
  readonly refusedUnseen: readonly Pending[];
}

/**
 * Decides a batch in order of arrival on the state, which is changed by it: from then on the state is right only if
 * the batch is committed. What the commands need must be known.
 */
export function decideBatch(batch: readonly Pending[], state: LedgerState, context: BatchContext): DecidedBatch {
  const outcomes: Outcome[] = [];
  const refusedUnseen: Pending[] = [];
  const logs = new Map<number, GrowingLog>();
  const touched = new Set<AccountState>();
  for (const pending of batch) {
    const { command, bucket } = pending;
    let log = logs.get(bucket);
    if (!log) {
      const from = state.bucket(bucket).log;
      if (!from) throw new Error(`bucket ${bucket} does not exist`);
      log = { from, now: Math.max(context.nowMs, from.now), rows: [] };
      logs.set(bucket, log);
    }
    const account = state.account(bucket, command.accountId);
    touched.add(account);
    const carried = decideOne(pending, account, log.now, state, context);
    outcomes.push(carried.outcome);
    if (!carried.outcome.ok && !pending.lookedUp) refusedUnseen.push(pending);
    for (const journal of carried.rows) {
      log.rows.push({ bucket, position: log.from.position + log.rows.length + 1, account, journal });
    }
  }
  const sorted = [...logs].sort(([a], [b]) => a - b);
  const advances = sorted.map(([bucket, log]) => advance(bucket, log, state));
  const rows = sorted.flatMap(([, log]) => log.rows);
  for (const { bucket, account, journal } of rows) {
    if (journal.slot === 'cmd') state.recentIds.add(journal.command.id);
    if (journal.command.type === 'Reserve') state.keep(state.bucket(bucket), account, journal.command.id);
  }
  for (const { books } of touched) books.forgetPast();
  return { outcomes, rows, advances, refusedUnseen };
}

/** What a batch adds to the log of one bucket. */
interface GrowingLog {
  readonly from: BucketLog;
  readonly now: number;
  readonly rows: PlacedRow[];
}

function advance(bucket: number, { from, now, rows }: GrowingLog, state: LedgerState): Advance {
  const to = rows.length === 0 ? from : { position: from.position + rows.length, head: randomUUID(), now };
  state.bucket(bucket).log = to;
  return { bucket, from, to };
}

function decideOne(
  pending: Pending,
  { books }: AccountState,
  now: number,
  state: LedgerState,
  context: BatchContext,
): CarriedOut {
  const { command, by, tokenId, inDoubt } = pending;
  // One in doubt that is carried out already is told so, whatever has become of its token meanwhile.
  const isRecorded = command.type !== 'Expire' && recordOf(command, books) !== undefined;
  if (tokenId !== undefined && state.revokedTokens.has(tokenId) && !(inDoubt && isRecorded)) {
    return { outcome: refuse('AUTHENTICATION_FAILED', 'the service token is revoked'), rows: [] };
  }
  const { oldestIdMs, newestIdMs, prices } = context;
  const onFault = (error: unknown): void => context.onFault(error, command);
  const carried = carryOut(command, books, { now, oldestIdMs, newestIdMs, prices }, by, onFault);
  const { outcome } = carried;
  // A command in doubt that turns out to be carried out is no repetition to its caller, who has had no answer yet.
  return inDoubt && outcome.ok ? { ...carried, outcome: { ...outcome, replayed: false } } : carried;
}

/** Price tables are cached and immutable; what a batch needs is loaded only when it is met for the first time. */
export async function loadPrices(batch: readonly Pending[], state: LedgerState, prices: PriceSource): Promise<void> {
  const versions = new Set<string>();
  const names = new Set<string>();
  for (const { command, bucket } of batch) {
    const { account, reservations } = state.account(bucket, command.accountId).books;
    for (const name of Object.values(account?.settings.books ?? {})) names.add(name);
    if ('reservationId' in command) {
      const reservation = reservations.get(command.reservationId);
      if (reservation) versions.add(reservation.priceVersionId);
    }
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
