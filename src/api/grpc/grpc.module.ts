import { Module } from '@nestjs/common';
import { Accounts } from '../../accounts/accounts.js';
import { Quotes } from '../../accounts/quotes.js';
import { Database } from '../../db/database.js';
import { KeyDirectory } from '../../keys/key-directory.js';
import { BooksReader } from '../../ledger/books-reader.js';
import { Ledger } from '../../ledger/ledger.js';
import { PRICE_SOURCE, type PriceSource } from '../../ledger/price-source.js';
import { PricesModule } from '../../prices/prices.module.js';
import { TokenStore } from '../../tokens/tokens.js';
import { Owners } from '../owners.js';
import { AccountController } from './account.controller.js';
import { Faults } from './faults.js';
import { Gatekeeper } from './gatekeeper.js';
import { GrpcTransport } from './grpc-transport.js';
import { Health } from './health.js';
import { KeyController } from './key.controller.js';
import { PipelineStreams } from './pipeline-streams.js';
import { PriceController } from './price.controller.js';
import { RefusedFilter } from './refused.filter.js';
import { SpendCommands } from './spend-commands.js';
import { SpendController } from './spend.controller.js';
import { Submitter } from './submitter.js';

/** Everything that is served over gRPC. `Config`, `Database`, `Ledger` and `PRICE_SOURCE` come from global modules. */
@Module({
  imports: [PricesModule],
  controllers: [SpendController, AccountController, KeyController, PriceController],
  providers: [
    Accounts,
    Quotes,
    KeyDirectory,
    TokenStore,
    Owners,
    SpendCommands,
    Submitter,
    Faults,
    RefusedFilter,
    Gatekeeper,
    Health,
    PipelineStreams,
    GrpcTransport,
    {
      provide: BooksReader,
      useFactory: (database: Database, ledger: Ledger, prices: PriceSource) => new BooksReader(database, ledger, prices),
      inject: [Database, Ledger, PRICE_SOURCE],
    },
  ],
  exports: [GrpcTransport],
})
export class GrpcModule {}
