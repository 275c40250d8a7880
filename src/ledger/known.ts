import type { Pending } from './pending.js';
import type { AccountState, LedgerState } from './state.js';
import { BatchNeeds } from './wanted.js';

/**
 * What must be read before a batch can be decided; undefined when all of it is known. Marks which commands' ids are
 * thereby looked up in the journal.
 */
export function unknownOf(batch: readonly Pending[], state: LedgerState, nowMs: number): BatchNeeds | undefined {
  const needs = new BatchNeeds();
  for (const pending of batch) {
    const { command, bucket: number, tokenId } = pending;
    const bucket = state.bucket(number);
    const account = bucket.accounts.get(command.accountId);
    if (account) account.used = true;
    pending.lookedUp = pending.mustLookUp || !isKnown(pending, account, state);
    if (pending.lookedUp) needs.add(command, number, tokenId);
    if (!bucket.log) needs.logs.add(number);
    if (Math.max(nowMs, bucket.log?.now ?? 0) > bucket.duesReadUntil) needs.dues.add(number);
  }
  for (const number of needs.dues) needs.buckets.add(number);
  return needs.buckets.size > 0 ? needs : undefined;
}

/** All that a batch needs, known or not: for the locked path, which trusts nothing that was read before the lock. */
export function allOf(batch: readonly Pending[]): BatchNeeds {
  const needs = new BatchNeeds();
  for (const pending of batch) {
    const { command, bucket, tokenId } = pending;
    pending.lookedUp = true;
    needs.add(command, bucket, tokenId);
    needs.logs.add(bucket);
    needs.dues.add(bucket);
  }
  return needs;
}

/**
 * Whether a command can be decided on what is in the books: it finds there all that it names, and its id, unless it
 * was used lately, need not be looked up, because what it comes to is about to be inserted under that id.
 */
function isKnown({ command }: Pending, account: AccountState | undefined, { recentIds }: LedgerState): boolean {
  if (!account?.loaded) return false;
  const { keys, reservations } = account.books;
  switch (command.type) {
    case 'Reserve':
    case 'Charge':
      return keys.has(command.keyId) && !recentIds.has(command.id);
    case 'Settle':
      return reservations.has(command.reservationId) && (command.final || !recentIds.has(command.id));
    case 'Release':
      return reservations.has(command.reservationId);
    case 'Extend': {
      const reservation = reservations.get(command.reservationId);
      return reservation !== undefined && keys.has(reservation.keyId) && !recentIds.has(command.id);
    }
    case 'Expire':
      return true;
    default:
      return false;
  }
}
