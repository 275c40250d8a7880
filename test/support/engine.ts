import pg from 'pg';
import { pino } from 'pino';
import { loadConfig } from '../../src/config/config.js';
import { Database } from '../../src/db/database.js';
import { ENTITIES } from '../../src/entities.js';
import { Ledger, type LedgerOptions } from '../../src/ledger/ledger.js';
import { PriceTable } from '../../src/prices/price-table.js';
import { PricesService } from '../../src/prices/prices.service.js';
import { createTestDatabase } from './databases.js';
import { TestClock } from './test-clock.js';

/** An engine as one process has it: its own connections, price table and clock. */
export interface EngineFixture {
  readonly ledger: Ledger;
  readonly database: Database;
  readonly prices: PriceTable;
  /** The owner's connections, for looking at the books and for breaking them. */
  readonly owner: pg.Pool;
  readonly url: string;
  /** The database's clock, where the test has it in its hands. */
  readonly clock: TestClock | undefined;
  stop(): Promise<void>;
}

/** An engine on a database whose clock stands still until the test moves it. */
export type ClockedEngine = EngineFixture & { readonly clock: TestClock };

export interface EngineFixtureOptions extends Partial<LedgerOptions> {
  /** The price book to import into a new database. */
  readonly book?: unknown;
  /** Another engine whose database this one works on too; without it a database of its own is made. */
  readonly on?: EngineFixture;
  /** Another way to that database, such as through a proxy. */
  readonly url?: string;
  /** How many buckets a database of its own has. */
  readonly buckets?: number;
  /** Whether a database of its own has a clock that the test moves. */
  readonly clocked?: boolean;
}

const OPTIONS: LedgerOptions = {
  lanes: 1,
  batchMax: 1000,
  queueMax: 10_000,
  outageWaitMs: 20_000,
  cacheAccounts: 50_000,
  cacheReservations: 200_000,
};

export function startClockedEngine(options: EngineFixtureOptions): Promise<ClockedEngine> {
  return startEngine({ ...options, clocked: true }) as Promise<ClockedEngine>;
}

export async function startEngine({
  book,
  on,
  url,
  buckets,
  clocked,
  ...options
}: EngineFixtureOptions): Promise<EngineFixture> {
  const own = on ? undefined : await createTestDatabase(buckets === undefined ? {} : { buckets });
  const clock = own && clocked ? await TestClock.install(own.migrationUrl) : on?.clock;
  const databaseUrl = url ?? on?.url ?? own?.url ?? '';
  const config = loadConfig({ DATABASE_URL: databaseUrl });
  const database = new Database(config, ENTITIES);
  await database.open();
  if (book !== undefined) {
    const imported = await new PricesService(database, config).importBook(book, { by: 'test' });
    if (!imported.ok) throw new Error(imported.message);
  }
  const prices = new PriceTable(database, config);
  await prices.start();
  const log = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
  const time = clock ? { monotonicMs: clock.monotonicMs } : {};
  const ledger = new Ledger(database, prices, { ...OPTIONS, ...time, ...options }, log);
  await ledger.start();
  clock?.attach(ledger);
  const owner = on?.owner ?? new pg.Pool({ connectionString: own?.migrationUrl, max: 4 });
  // The database is dropped at the end with whatever is still connected to it.
  owner.on('error', () => undefined);
  return {
    ledger,
    database,
    prices,
    owner,
    url: databaseUrl,
    clock,
    stop: async () => {
      await ledger.drain();
      prices.stop();
      await database.close();
      if (!own) return;
      await owner.end();
      await own.drop();
    },
  };
}
