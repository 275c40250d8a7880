import type { Command } from '../core/ledger/commands.js';
import { type Outcome, refuse } from '../core/ledger/outcome.js';

/** A command that waits for its outcome. */
export interface Pending {
  readonly command: Command;
  readonly bucket: number;
  /** Who sent it, for the journal: `token:<id>`, `key:<id>` or `system`. */
  readonly by: string;
  /** In whose turn it is taken; without it, in that of whoever sent it. */
  readonly source?: string | undefined;
  /** The service token that must not be revoked when the command is decided. */
  readonly tokenId: string | undefined;
  /** When the caller stops waiting, by this process's clock; undefined is never. */
  readonly deadlineMs: number | undefined;
  readonly answer: (outcome: Outcome) => void;
  /** True once an append with it was sent and the commit's answer was lost: it may or may not be carried out. */
  inDoubt: boolean;
  /** True once the journal turned out to have its id. */
  mustLookUp: boolean;
  /** Whether the books that it is decided on have what the journal has under its id. */
  lookedUp: boolean;
}

/** Whether somebody still waits for it. One whose deadline has passed, in the queue or in an outage, is answered so. */
export function notOverdue(pending: Pending): boolean {
  if (pending.deadlineMs === undefined || Date.now() <= pending.deadlineMs) return true;
  pending.answer(
    pending.inDoubt
      ? unknownOutcome()
      : refuse('DEADLINE_EXCEEDED', 'the deadline passed before the command was carried out; nothing was done'),
  );
  return false;
}

/** Its append was sent, and nobody knows whether it was committed. */
export function unknownOutcome(): Outcome {
  return refuse(
    'OUTCOME_UNKNOWN',
    'the connection was lost at the commit; send the same id again to learn the outcome',
    { retryAfterMs: 1000 },
  );
}
