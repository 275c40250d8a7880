import type { Command } from '../../src/core/ledger/commands.js';
import { bucketOf } from '../../src/core/ledger/ids.js';
import { type DecidedBatch, decideBatch } from '../../src/ledger/batch.js';
import type { Pending } from '../../src/ledger/pending.js';
import type { LedgerState } from '../../src/ledger/state.js';
import type { EngineFixture } from '../support/engine.js';

/** A command as a lane of the engine has it, though no lane does. */
export function pendingOf({ ledger }: EngineFixture, command: Command): Pending {
  return {
    command,
    bucket: bucketOf(command.accountId, ledger.buckets),
    by: 'test',
    tokenId: undefined,
    deadlineMs: undefined,
    answer: () => undefined,
    inDoubt: false,
    mustLookUp: false,
    lookedUp: false,
  };
}

/** Decides a batch on what was loaded for it, without a lane. */
export function decideAlone(
  { prices }: EngineFixture,
  batch: readonly Pending[],
  state: LedgerState,
  nowMs: number,
): DecidedBatch {
  return decideBatch(batch, state, {
    prices,
    oldestIdMs: 0,
    newestIdMs: Number.MAX_SAFE_INTEGER,
    nowMs,
    onFault: (error) => {
      throw error;
    },
  });
}
