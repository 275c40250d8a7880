import { pino } from 'pino';
import { Database } from '#tollgate/db/database.js';
import { Ledger } from '#tollgate/ledger/ledger.js';
import type { PriceSource } from '#tollgate/ledger/price-source.js';
import type { Submit } from './workload.js';

export interface RunningEngine {
  readonly submit: Submit;
  readonly buckets: number;
  close(): Promise<void>;
}

/** The engine in this process, with the service's own defaults. */
export async function startEngine(
  url: string,
  prices: PriceSource,
  options: { lanes: number; batchMax: number },
): Promise<RunningEngine> {
  const database = new Database({ DATABASE_URL: url });
  const ledger = new Ledger(
    database,
    prices,
    { ...options, queueMax: 10_000, outageWaitMs: 10_000, cacheAccounts: 50_000, cacheReservations: 200_000 },
    pino({ level: 'warn' }),
  );
  await ledger.start();
  return {
    submit: (command) => ledger.submit(command),
    buckets: ledger.buckets,
    close: async () => {
      await ledger.drain();
      await database.close();
    },
  };
}
