import { connect } from './connect.js';

/** Counts what a database's callers were told is written, to be compared with what is. */
export class Written {
  private constructor(
    private readonly url: string,
    private reserves: number,
    private settles: number,
  ) {}

  /** Begins with what is there. */
  static async since(url: string): Promise<Written> {
    const { reserves, settles } = await count(url);
    return new Written(url, reserves, settles);
  }

  add(reserves: number, settles: number): void {
    this.reserves += reserves;
    this.settles += settles;
  }

  /** @throws Error unless the journal has a row for each, and no other. */
  async check(): Promise<void> {
    const found = await count(this.url);
    if (found.reserves === this.reserves && found.settles === this.settles) return;
    throw new Error(
      `the journal has ${found.reserves} reserves and ${found.settles} settles; ${this.reserves} and ${this.settles} were answered`,
    );
  }
}

async function count(url: string): Promise<{ reserves: number; settles: number }> {
  const client = await connect(url);
  try {
    const { rows } = await client.query<{ reserves: string; settles: string }>(
      `SELECT count(*) FILTER (WHERE type = 'Reserve') AS reserves, count(*) FILTER (WHERE type = 'Settle') AS settles
       FROM journal`,
    );
    const [found] = rows;
    return { reserves: Number(found?.reserves), settles: Number(found?.settles) };
  } finally {
    await client.end();
  }
}
