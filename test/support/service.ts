import { type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import pg from 'pg';
import { pino } from 'pino';
import { GrpcModule } from '../../src/api/grpc/grpc.module.js';
import { GrpcTransport, grpcMicroservice } from '../../src/api/grpc/grpc-transport.js';
import { AppModule } from '../../src/app.module.js';
import { loadConfig } from '../../src/config/config.js';
import { Database } from '../../src/db/database.js';
import { Ledger } from '../../src/ledger/ledger.js';
import { NestLogger } from '../../src/logging/nest-logger.js';
import { PriceTable } from '../../src/prices/price-table.js';
import { PricesService } from '../../src/prices/prices.service.js';
import { SCOPES, type Scope } from '../../src/tokens/scope.js';
import { TokenStore } from '../../src/tokens/tokens.js';
import { createTestDatabase } from './databases.js';
import { TestClient } from './grpc-client.js';

/** The service as a process has it, served over gRPC on a free port. */
export interface TestService {
  readonly port: number;
  readonly app: INestMicroservice;
  /** The service's URL of its database. */
  readonly url: string;
  /** The owner's connections, for looking at the books. */
  readonly owner: pg.Pool;
  /** A client with a new token of these scopes; of all of them unless said. */
  client(...scopes: Scope[]): Promise<TestClient & { readonly tokenId: string }>;
  /** A client with that token, or without any. */
  clientWith(token: string | undefined): TestClient;
  stop(): Promise<void>;
}

export interface TestServiceOptions {
  /** A database of another service; without it one of its own is made. */
  readonly on?: TestService;
  /** Configuration besides the database and the port, as in the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The price book to import; without it the sample one is. */
  readonly book?: unknown;
}

@Module({})
class Served {}

export async function startTestService({ on, env = {}, book }: TestServiceOptions = {}): Promise<TestService> {
  const own = on ? undefined : await createTestDatabase();
  const url = on?.url ?? own?.url ?? '';
  const owner = on?.owner ?? new pg.Pool({ connectionString: own?.migrationUrl, max: 4 });
  const config = loadConfig({ GRPC_PORT: '0', SHUTDOWN_GRACE_MS: '1000', ...env, DATABASE_URL: url });
  const log = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
  const root = { module: Served, imports: [AppModule.of(config, log), GrpcModule] };
  const app = await NestFactory.createMicroservice(root, {
    ...grpcMicroservice,
    logger: new NestLogger(log),
    abortOnError: false,
  });
  if (!on) await importPrices(app.get(PricesService), book);
  await app.get(PriceTable).refresh();
  const ledger = app.get(Ledger);
  await ledger.start();
  await app.listen();
  const { port } = app.get(GrpcTransport);
  const clients: TestClient[] = [];
  const clientWith = (token: string | undefined, tokenId = ''): TestClient & { readonly tokenId: string } => {
    const client = Object.assign(new TestClient(port, token), { tokenId });
    clients.push(client);
    return client;
  };
  return {
    port,
    app,
    url,
    owner,
    clientWith,
    client: async (...scopes) => {
      const wanted = scopes.length > 0 ? scopes : SCOPES;
      const { id, token } = await app.get(TokenStore).mint({ name: wanted.join(), scopes: wanted });
      return clientWith(token, id);
    },
    stop: async () => {
      for (const client of clients) client.close();
      await app.close();
      await ledger.drain();
      await app.get(Database).close();
      if (!own) return;
      await owner.end();
      await own.drop();
    },
  };
}

async function importPrices(prices: PricesService, book: unknown): Promise<void> {
  const imported =
    book === undefined ? await prices.importSampleIfEmpty() : await prices.importBook(book, { by: 'system' });
  if (imported && !imported.ok) throw new Error(imported.message);
}
