import { Module } from '@nestjs/common';
import { AccountsModule } from '../../accounts/accounts.module.js';
import { AuditModule } from '../../audit/audit.module.js';
import { ExportsModule } from '../../exports/exports.module.js';
import { KeysModule } from '../../keys/keys.module.js';
import { PricesModule } from '../../prices/prices.module.js';
import { TokensModule } from '../../tokens/tokens.module.js';
import { UsageModule } from '../../usage/usage.module.js';
import { Owners } from '../owners.js';
import { AccountController } from './account.controller.js';
import { AuditController } from './audit.controller.js';
import { Faults } from './faults.js';
import { Gatekeeper } from './gatekeeper.js';
import { GrpcTransport } from './grpc-transport.js';
import { Health } from './health.js';
import { KeyController } from './key.controller.js';
import { PipelineStreams } from './pipeline-streams.js';
import { PriceController } from './price.controller.js';
import { RefusedFilter } from './refused.filter.js';
import { SpendController } from './spend.controller.js';
import { SpendCommands } from './spend-commands.js';
import { StatementController } from './statement.controller.js';
import { Submitter } from './submitter.js';
import { UsageController } from './usage.controller.js';

/** Everything that is served over gRPC. `Config`, `Database`, `Ledger` and `PRICE_SOURCE` come from global modules. */
@Module({
  imports: [AccountsModule, AuditModule, ExportsModule, KeysModule, PricesModule, TokensModule, UsageModule],
  controllers: [
    AccountController,
    AuditController,
    KeyController,
    PriceController,
    SpendController,
    StatementController,
    UsageController,
  ],
  providers: [
    Owners,
    SpendCommands,
    Submitter,
    Faults,
    RefusedFilter,
    Gatekeeper,
    Health,
    PipelineStreams,
    GrpcTransport,
  ],
  exports: [GrpcTransport],
})
export class GrpcModule {}
