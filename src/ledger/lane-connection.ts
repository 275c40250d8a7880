import type pg from 'pg';

/** Thrown where a connection turns out to be broken between two of its answers: what was known by it is forgotten. */
export class ConnectionLost extends Error {}

/** The one connection of a lane: opened when it is needed, and never used again once it is broken. */
export class LaneConnection {
  private connection: pg.Client | undefined;

  constructor(
    private readonly open: () => Promise<pg.Client>,
    private readonly onDrop: () => void,
  ) {}

  /** The connection that is open. */
  get current(): pg.Client | undefined {
    return this.connection;
  }

  async get(): Promise<pg.Client> {
    if (this.connection) return this.connection;
    const connection = await this.open();
    connection.on('error', () => {
      if (this.connection === connection) this.drop();
    });
    this.connection = connection;
    return connection;
  }

  /** @throws ConnectionLost if this is not the lane's connection any more. */
  check(connection: pg.Client): void {
    if (this.connection !== connection) throw new ConnectionLost('the connection broke');
  }

  drop(): void {
    const { connection } = this;
    this.connection = undefined;
    this.onDrop();
    // The connection is broken: its end has nothing to tell.
    connection?.end().catch(() => undefined);
  }

  /** After a failed statement a transaction may still be open. A connection that cannot end it is not used again. */
  async rollBack(): Promise<void> {
    try {
      await this.connection?.query('ROLLBACK');
    } catch {
      this.drop();
    }
  }

  async close(): Promise<void> {
    const { connection } = this;
    this.connection = undefined;
    await connection?.end();
  }
}
