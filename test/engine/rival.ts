import type { Command } from '../../src/core/ledger/commands.js';
import { append } from '../../src/ledger/append.store.js';
import { allOf } from '../../src/ledger/known.js';
import { lockAndLoad } from '../../src/ledger/load.store.js';
import { LedgerState } from '../../src/ledger/state.js';
import type { EngineFixture } from '../support/engine.js';
import { decideAlone, pendingOf } from './one-batch.js';
import { type Customer, reserveUnits } from './scenario.js';

/** Another process in slow motion: it has locked its buckets and decided, and commits when it is told to. */
export interface Rival {
  commit(): Promise<void>;
}

export async function beginRival(engine: EngineFixture, ...commands: Command[]): Promise<Rival> {
  const connection = await engine.database.openEngineConnection();
  const state = new LedgerState({ accounts: 100, reservations: 100 });
  const batch = commands.map((command) => pendingOf(engine, command));
  const nowMs = engine.ledger.now();
  await lockAndLoad(connection, allOf(batch), state, nowMs);
  const decided = decideAlone(engine, batch, state, nowMs);
  const refused = decided.outcomes.find(({ ok }) => !ok);
  if (refused) throw new Error(`the rival was refused: ${JSON.stringify(refused)}`);
  return {
    commit: async () => {
      await append(connection, decided, { begin: false, tokenIds: [] });
      await connection.end();
    },
  };
}

/** Of two batches each: more than a bucket goes the locked way for after a lost race, and those that read. */
const ROUNDS = 10;

/** Lets an engine come to know a customer, so that it decides the next command of theirs without a look at the tables. */
export async function warmUp({ ledger }: EngineFixture, ...customers: Customer[]): Promise<void> {
  for (const customer of customers) {
    const { accountId } = customer;
    for (let round = 0; round < ROUNDS; round += 1) {
      const reservation = reserveUnits(customer, '1');
      await ledger.submit(reservation);
      await ledger.submit({ type: 'Release', id: reservation.id, accountId, reservationId: reservation.id });
    }
  }
}
