import type { INestApplicationContext, INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { AsyncMicroserviceOptions } from '@nestjs/microservices';
import type { Logger } from 'pino';
import { GrpcTransport, grpcMicroservice } from './api/grpc/grpc-transport.js';
import { AppModule, runs } from './app.module.js';
import type { Config } from './config/config.js';
import { Database } from './db/database.js';
import { withoutPassword } from './db/database-url.js';
import { classifyDatabaseError } from './db/errors.js';
import { migrate } from './db/migrate.js';
import { PartitionKeeper } from './db/partition-keeper.js';
import { type DatabaseConfig, findDatabase } from './embedded/find-database.js';
import { Ledger } from './ledger/ledger.js';
import { Sweeper } from './ledger/sweeper.js';
import { NestLogger } from './logging/nest-logger.js';
import { PricesService } from './prices/prices.service.js';
import { SCOPES } from './tokens/scope.js';
import { TokenStore } from './tokens/tokens.js';
import { UsageFollower } from './usage/usage-follower.js';

/** How long a start waits for a database that does not answer yet. */
const DATABASE_WAIT_MS = 60_000;
const DATABASE_RETRY_MS = 1_000;
/** Any number that nothing else takes: of processes that start together, one does what is done once. */
const FIRST_START_LOCK = 7_105_441_204;

/** The address that is configured is not to be had. */
export class CannotListen extends Error {}

type Application = INestApplicationContext | INestMicroservice;

/** A service that runs in this process. */
export interface Service {
  /** Where gRPC is served; absent where the role does not serve. */
  readonly address?: string;
  /** The operator token of a ledger that had none: this is the only time that it can be seen. */
  readonly firstToken?: string;
  /** No new calls, then what is queued is finished, then the database goes. */
  stop(): Promise<void>;
}

/**
 * Starts the parts that the role names: database, migrations, engine, followers, gRPC.
 *
 * @throws whatever kept it from starting, after stopping what had started.
 */
export async function startService(config: Config, log: Logger): Promise<Service> {
  const closers = new Closers(log);
  try {
    const complete = await openDatabase(config, log, closers);
    const app = await openApplication(complete, log, closers);
    await importSamplePrices(app, log);
    await startParts(app, complete, log, closers);
    const stop = (): Promise<void> => closers.close();
    if (!runs(complete.ROLE, 'api')) return { stop };
    const address = await listen(app, complete, log, closers);
    // Last of all: a token that a failed start had made would have been seen by nobody.
    const firstToken = await mintFirstToken(app);
    return { address, ...(firstToken ? { firstToken } : {}), stop };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

/** What has to be stopped, in the opposite order of starting. */
class Closers {
  private readonly all: (() => Promise<void>)[] = [];

  constructor(private readonly log: Logger) {}

  add(close: () => Promise<void>): void {
    this.all.push(close);
  }

  async close(): Promise<void> {
    for (const close of this.all.splice(0).reverse()) {
      await close().catch((error: unknown) => this.log.error({ err: error }, 'a part did not stop as it should'));
    }
  }
}

async function openDatabase(config: Config, log: Logger, closers: Closers): Promise<DatabaseConfig> {
  let restart = (): void => undefined;
  const found = await findDatabase(config, () => restart());
  closers.add(() => found.close());
  const { embedded, config: complete } = found;
  if (embedded) {
    log.info({ dir: config.DATA_DIR, log: embedded.log, pid: embedded.pid }, 'the embedded database runs');
    restart = () => {
      log.error('the embedded database ended without having been asked to; starting it again');
      embedded
        .restart()
        .catch((error: unknown) => log.fatal({ err: error }, 'the embedded database does not start again'));
    };
  } else {
    log.info({ database: withoutPassword(complete.DATABASE_URL) }, 'using the configured database');
  }
  await migrateWhenThere(complete, log);
  const keeper = new PartitionKeeper(complete.DATABASE_MIGRATION_URL, log);
  keeper.start();
  closers.add(() => keeper.stop());
  return complete;
}

/** A database that is started together with the service may need a moment longer. */
async function migrateWhenThere(config: DatabaseConfig, log: Logger): Promise<void> {
  const { DATABASE_URL, DATABASE_MIGRATION_URL, BUCKETS } = config;
  const onProgress = (message: string): void => log.info(message);
  const end = performance.now() + DATABASE_WAIT_MS;
  for (;;) {
    try {
      return await migrate(DATABASE_MIGRATION_URL, { buckets: BUCKETS, serviceUrl: DATABASE_URL, onProgress });
    } catch (error) {
      if (classifyDatabaseError(error) !== 'connection' || performance.now() > end) throw error;
      log.warn({ reason: error instanceof Error ? error.message : error }, 'the database does not answer yet');
    }
    await new Promise((done) => setTimeout(done, DATABASE_RETRY_MS));
  }
}

async function openApplication(config: DatabaseConfig, log: Logger, closers: Closers): Promise<Application> {
  const module = AppModule.of(config, log);
  const options = { logger: new NestLogger(log), abortOnError: false };
  const app = runs(config.ROLE, 'api')
    ? await NestFactory.createMicroservice<AsyncMicroserviceOptions>(module, { ...grpcMicroservice, ...options })
    : await NestFactory.createApplicationContext(module, options);
  closers.add(() => app.get(Database).close());
  closers.add(() => app.close());
  await app.init();
  return app;
}

async function importSamplePrices(app: Application, log: Logger): Promise<void> {
  const sample = await app.get(PricesService).importSampleIfEmpty();
  if (sample) log.info({ book: sample.book, models: sample.models, rates: sample.rates }, 'imported the sample prices');
}

/** @returns the operator token that was made, if there was no token at all. */
function mintFirstToken(app: Application): Promise<string | undefined> {
  return app.get(Database).transaction(async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [FIRST_START_LOCK]);
    const tokens = app.get(TokenStore);
    if ((await tokens.list()).length > 0) return undefined;
    return (await tokens.mint({ name: 'first operator', scopes: SCOPES })).token;
  });
}

async function startParts(app: Application, config: DatabaseConfig, log: Logger, closers: Closers): Promise<void> {
  const ledger = app.get(Ledger);
  await ledger.start();
  closers.add(() => ledger.drain());
  if (runs(config.ROLE, 'sweeper')) {
    const sweeper = app.get(Sweeper);
    sweeper.start();
    closers.add(() => sweeper.stop());
  }
  if (runs(config.ROLE, 'followers')) {
    const usage = app.get(UsageFollower);
    usage.start();
    closers.add(() => usage.stop());
  }
  log.info({ role: config.ROLE, buckets: ledger.buckets }, 'the ledger is open');
}

/** @returns the address that is listened on. */
async function listen(app: Application, config: DatabaseConfig, log: Logger, closers: Closers): Promise<string> {
  const transport = app.get(GrpcTransport);
  closers.add(() => transport.close());
  await (app as INestMicroservice).listen().catch((error: Error) => {
    const { GRPC_HOST, GRPC_PORT } = config;
    throw new CannotListen(
      `gRPC cannot listen on ${GRPC_HOST}:${GRPC_PORT} (${error.message}); set GRPC_PORT to another port`,
    );
  });
  const host = config.GRPC_HOST.includes(':') ? `[${config.GRPC_HOST}]` : config.GRPC_HOST;
  const address = `${host}:${transport.port}`;
  log.info({ address }, 'serving gRPC');
  return address;
}
