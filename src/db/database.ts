import { Injectable, type OnModuleInit } from '@nestjs/common';
import pg from 'pg';
import { DataSource, type EntitySchema } from 'typeorm';
import type { Config } from '../config/config.js';
import { SERVICE_ROLE, withSession } from './database-url.js';

const POOL_CONNECTIONS = 10;
const COLD_CONNECTIONS = 4;
const CONNECT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_AFTER_MS = 10_000;

/**
 * Plans must not depend on how full the tables were when a session began: a plan frozen on empty tables scans them
 * when they have grown. The timeouts end what a network that swallows packets would leave behind with its locks held.
 */
const ENGINE_SETTINGS = {
  role: SERVICE_ROLE,
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
  statement_timeout: '15s',
  lock_timeout: '12s',
  idle_in_transaction_session_timeout: '10s',
  tcp_user_timeout: '15s',
};

export type Isolation = 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';

/** A COMMIT that the server answered with a ROLLBACK, as it does for a transaction in which a statement failed unseen. */
export class NotCommitted extends Error {
  constructor() {
    super('the transaction was rolled back at its COMMIT');
    this.name = 'NotCommitted';
  }
}

/**
 * The service's connections. Each of them has the rights of the service role alone, whoever it logs in as, so that no
 * slip of the service can change a journal row.
 */
@Injectable()
export class Database implements OnModuleInit {
  /** For reads and small writes of their own. */
  readonly pool: pg.Pool;
  /** TypeORM on the same rights, for cold tables. Call `open` before the first use. */
  readonly dataSource: DataSource;
  private readonly url: string;

  /** `DATABASE_URL` must be there: whoever has none starts the embedded database first. */
  constructor(config: Pick<Config, 'DATABASE_URL'>, entities: readonly EntitySchema[] = []) {
    if (!config.DATABASE_URL) throw new Error('DATABASE_URL is not set');
    this.url = config.DATABASE_URL;
    this.pool = new pg.Pool({
      connectionString: withSession(this.url, { applicationName: 'tollgate', settings: { role: SERVICE_ROLE } }),
      // The statements of one reader are sent together, as those of a lane are.
      pipeline: true,
      max: POOL_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    });
    // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
    this.pool.on('error', () => undefined);
    // So would one that breaks between two statements of a transaction: the next statement fails, and tells.
    this.pool.on('connect', (client) => client.on('error', () => undefined));
    this.dataSource = new DataSource({
      type: 'postgres',
      url: withSession(this.url, { applicationName: 'tollgate-cold', settings: { role: SERVICE_ROLE } }),
      entities: [...entities],
      poolSize: COLD_CONNECTIONS,
      poolErrorHandler: () => undefined,
      installExtensions: false,
      // Its own logger would print to the console; every failure is thrown anyway.
      logger: 'debug',
    });
  }

  /** Makes the data source ready. May be called again. */
  async open(): Promise<void> {
    if (!this.dataSource.isInitialized) await this.dataSource.initialize();
  }

  async onModuleInit(): Promise<void> {
    await this.open();
  }

  /**
   * Runs the work in one transaction and commits it. What the work throws is thrown on after a rollback.
   *
   * @throws NotCommitted if the server rolled back at the COMMIT.
   */
  async transaction<T>(
    work: (client: pg.PoolClient) => Promise<T>,
    isolation: Isolation = 'READ COMMITTED',
  ): Promise<T> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    try {
      await client.query(`BEGIN ISOLATION LEVEL ${isolation}`);
      const result = await work(client);
      const { command } = await client.query('COMMIT');
      // The driver resolves a ROLLBACK without an error.
      if (command !== 'COMMIT') throw new NotCommitted();
      return result;
    } catch (error) {
      broken = await client.query('ROLLBACK').then(
        () => undefined,
        (rollback: Error) => rollback,
      );
      throw error;
    } finally {
      client.release(broken);
    }
  }

  /**
   * A connection for one lane of the engine, outside the pool, in pipeline mode. Whoever opened it ends it.
   *
   * @throws what the driver throws when there is no connection to be had.
   */
  async openEngineConnection(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: withSession(this.url, { applicationName: 'tollgate-engine', settings: ENGINE_SETTINGS }),
      pipeline: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: 30_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    });
    // A lost connection fails its queries, which is how the lane hears of it; the event alone would end the process.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** Closes every pooled connection, once what runs on them is done. */
  async close(): Promise<void> {
    await Promise.all([this.pool.end(), this.dataSource.isInitialized ? this.dataSource.destroy() : undefined]);
  }
}
