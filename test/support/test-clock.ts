import type { Ledger } from '../../src/ledger/ledger.js';
import { asOwner } from './databases.js';

/** More than the age at which an engine trusts its estimate of the database's clock no longer. */
const STALE_AFTER_MS = 10_000;

/**
 * The clock of a database in the hands of a test: it stands still until it is moved, and every engine that is started
 * with it decides at exactly its moment. Nothing but the clock changes, so that engines go on with what they know.
 */
export class TestClock {
  private monotonic = 0;

  private constructor(
    private readonly ownerUrl: string,
    private moment: number,
  ) {}

  /**
   * Puts another `clock_timestamp` before PostgreSQL's own, for all connections to the database from now on.
   *
   * @param ownerUrl the database, with the login of the owner of its tables.
   */
  static async install(ownerUrl: string): Promise<TestClock> {
    const now = Date.now();
    await asOwner(ownerUrl, (client) =>
      client.query(`
        CREATE SCHEMA test_clock;
        CREATE TABLE test_clock.moment AS SELECT ${now}::bigint AS ms;
        CREATE FUNCTION test_clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
          AS 'SELECT to_timestamp(ms / 1000.0) FROM test_clock.moment';
        GRANT USAGE ON SCHEMA test_clock TO PUBLIC;
        GRANT SELECT ON test_clock.moment TO PUBLIC;
        DO $$ BEGIN
          EXECUTE format('ALTER DATABASE %I SET search_path = test_clock, pg_catalog, public', current_database());
        END $$;`),
    );
    return new TestClock(ownerUrl, now);
  }

  get now(): number {
    return this.moment;
  }

  /** For the engine: it asks the database again after each move, and only then. */
  readonly monotonicMs = (): number => this.monotonic;

  /** Moves the clock; never back, because no bucket's moments go back. */
  async set(ms: number): Promise<void> {
    if (ms < this.moment) throw new Error('the clock of the database does not go back');
    await asOwner(this.ownerUrl, (client) => client.query('UPDATE test_clock.moment SET ms = $1', [ms]));
    this.moment = ms;
    this.monotonic += STALE_AFTER_MS;
  }

  async advance(ms: number): Promise<void> {
    await this.set(this.moment + ms);
  }

  /** Ends the engine's own asking each second: an answer that was under way during a move would tell a wrong time. */
  attach(ledger: Ledger): void {
    (ledger as unknown as { clock: { stop(): void } }).clock.stop();
  }
}
