import type pg from 'pg';

/** How many rows are in memory of a log that is walked along. */
export const PAGE = 2_000;

/** Rows of a query, a page at a time, by a cursor of the server's: in one order, none twice, however many there are. */
export class RowCursor<R extends pg.QueryResultRow> {
  private constructor(
    private readonly client: pg.ClientBase,
    private readonly name: string,
  ) {}

  /** `sql` takes no parameters. The cursor lives as long as the transaction. */
  static async open<R extends pg.QueryResultRow>(
    client: pg.ClientBase,
    name: string,
    sql: string,
  ): Promise<RowCursor<R>> {
    await client.query(`DECLARE ${name} NO SCROLL CURSOR FOR ${sql}`);
    return new RowCursor<R>(client, name);
  }

  /** The next rows; fewer than a page where the end is reached. */
  async page(): Promise<R[]> {
    return (await this.client.query<R>(`FETCH FORWARD ${PAGE} FROM ${this.name}`)).rows;
  }

  async close(): Promise<void> {
    await this.client.query(`CLOSE ${this.name}`);
  }
}

/** Rows in the order of their positions, to be taken along with those of the journal. */
export class AlignedRows<R extends pg.QueryResultRow & { readonly position: string }> {
  private rows: R[] = [];
  private next = 0;
  private ended = false;

  constructor(private readonly cursor: RowCursor<R>) {}

  /** Brings in all rows up to a position, so that they can be taken. */
  async bring(position: number): Promise<void> {
    while (!this.ended && Number(this.rows.at(-1)?.position ?? 0) <= position) await this.more();
  }

  /** The rows up to a position that were not taken before. */
  take(position: number): R[] {
    const first = this.next;
    while (this.next < this.rows.length && Number(this.rows[this.next]?.position) <= position) this.next += 1;
    return this.rows.slice(first, this.next);
  }

  /** What is left after the last position. */
  async rest(): Promise<R[]> {
    if (!this.ended && this.next >= this.rows.length) await this.more();
    return this.rows.slice(this.next);
  }

  private async more(): Promise<void> {
    const page = await this.cursor.page();
    this.ended = page.length < PAGE;
    this.rows = [...this.rows.slice(this.next), ...page];
    this.next = 0;
  }
}
