import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { bucketOf } from '../../src/core/ledger/ids.js';
import { type EngineFixture, startEngine } from '../support/engine.js';
import { checkOutcome } from './expectations.js';
import { pocketTexts } from './pocket-texts.js';
import { type Row, TABLE_BOOK, type World, worldAt } from './table.js';
import { TABLES } from './tables.js';

/** The engine on a real PostgreSQL. Time goes by through the bucket's own moment, which the ledger never goes behind. */
class EngineRunner {
  constructor(
    private readonly world: World,
    private readonly engine: EngineFixture,
  ) {}

  async run(row: Row, name: string): Promise<void> {
    if (row.does === 'wait') await this.advance(row.ms);
    if (row.does === 'pockets')
      expect({ name, pockets: await this.pocketsOf(row.account) }).toEqual({ name, pockets: row.expected });
    if (row.does !== 'command') return;
    // Every row has a moment of its own, as in the core's run: "oldest" in the burn order depends on it.
    await this.advance(1);
    checkOutcome(await this.engine.ledger.submit(row.command(this.world)), row.expected, name);
  }

  private async advance(ms: number): Promise<void> {
    await this.engine.owner.query(
      `UPDATE bucket SET now = greatest(now, clock_timestamp()) + $1 * interval '1 millisecond'`,
      [ms],
    );
  }

  private async pocketsOf(account: string): Promise<Record<string, string>> {
    const accountId = this.world.id(account);
    const { rows } = await this.engine.owner.query<pg.QueryResultRow>(
      'SELECT * FROM pocket WHERE bucket = $1 AND account_id = $2',
      [bucketOf(accountId, this.engine.ledger.buckets), accountId],
    );
    const read = rows.map(({ id, asset, kind, balance, held }) => ({
      id,
      asset,
      kind,
      balance: BigInt(balance),
      held: BigInt(held),
    }));
    return pocketTexts(read, accountId, this.world);
  }
}

describe('the engine', () => {
  let engine: EngineFixture;
  beforeAll(async () => {
    engine = await startEngine({ book: TABLE_BOOK });
  });
  afterAll(() => engine.stop());

  test.each(TABLES.map((table) => [table.name, table] as const))('%s', async (_name, table) => {
    await engine.owner.query(`UPDATE bucket SET now = 'epoch'`);
    const runner = new EngineRunner(worldAt(Date.now()), engine);
    for (const [index, row] of table.rows.entries()) await runner.run(row, `row ${index + 1}`);
  });
});
