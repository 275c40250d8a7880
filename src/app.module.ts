import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { GrpcModule } from './api/grpc/grpc.module.js';
import { Config, type Role } from './config/config.js';
import { Database } from './db/database.js';
import { ENTITIES } from './entities.js';
import { Ledger } from './ledger/ledger.js';
import { PRICE_SOURCE, type PriceSource } from './ledger/price-source.js';
import { Sweeper } from './ledger/sweeper.js';
import { LOGGER } from './logging/logger.js';
import { PriceTable } from './prices/price-table.js';
import { PricesModule } from './prices/prices.module.js';
import { UsageModule } from './usage/usage.module.js';

export type Part = 'api' | 'followers' | 'sweeper';

/** Whether a process of this role runs the part. */
export function runs(role: Role, part: Part): boolean {
  return role === 'all' || role === part;
}

async function openDatabase(config: Config): Promise<Database> {
  const database = new Database(config, ENTITIES);
  await database.open();
  return database;
}

/** What every room stands on. */
@Global()
@Module({})
class FoundationModule {
  static of(config: Config, log: Logger): DynamicModule {
    return {
      module: FoundationModule,
      providers: [
        { provide: Config, useValue: config },
        { provide: LOGGER, useValue: log },
        { provide: Database, useFactory: () => openDatabase(config) },
      ],
      exports: [Config, LOGGER, Database],
    };
  }
}

/** The engine. Starting and draining it is up to the process's main program. */
@Global()
@Module({
  imports: [PricesModule],
  providers: [
    { provide: PRICE_SOURCE, useExisting: PriceTable },
    {
      provide: Ledger,
      inject: [Database, PRICE_SOURCE, Config, LOGGER],
      useFactory: (database: Database, prices: PriceSource, config: Config, log: Logger) =>
        new Ledger(
          database,
          prices,
          {
            lanes: config.LANES,
            batchMax: config.BATCH_MAX,
            queueMax: config.QUEUE_MAX,
            outageWaitMs: config.OUTAGE_WAIT_MS,
            cacheAccounts: config.CACHE_ACCOUNTS_MAX,
            cacheReservations: config.CACHE_RESERVATIONS_MAX,
          },
          log,
        ),
    },
    {
      provide: Sweeper,
      inject: [Database, Ledger, Config, LOGGER],
      useFactory: (database: Database, ledger: Ledger, config: Config, log: Logger) =>
        new Sweeper(database, ledger, config.SWEEP_INTERVAL_MS, log),
    },
  ],
  exports: [PRICE_SOURCE, Ledger, Sweeper, PricesModule],
})
class LedgerModule {}

/** The whole service, wired: of the parts, those that the role names. */
@Module({})
export class AppModule {
  static of(config: Config, log: Logger): DynamicModule {
    const parts = [
      ...(runs(config.ROLE, 'api') ? [GrpcModule] : []),
      ...(runs(config.ROLE, 'followers') ? [UsageModule] : []),
    ];
    return { module: AppModule, imports: [FoundationModule.of(config, log), LedgerModule, ...parts] };
  }
}
