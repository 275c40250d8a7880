import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { bucketOf } from '../../src/core/ledger/ids.js';
import { type ClockedEngine, startClockedEngine } from '../support/engine.js';
import { checkOutcome } from './expectations.js';
import { pocketTexts } from './pocket-texts.js';
import { type Row, TABLE_BOOK, type World, worldAt } from './table.js';
import { TABLES } from './tables.js';

/** The engine on a real PostgreSQL, whose clock goes by as the table says. */
class EngineRunner {
  constructor(
    private readonly world: World,
    private readonly engine: ClockedEngine,
  ) {}

  async run(row: Row, name: string): Promise<void> {
    if (row.does === 'wait') await this.engine.clock.advance(row.ms);
    if (row.does === 'pockets')
      expect({ name, pockets: await this.pocketsOf(row.account) }).toEqual({ name, pockets: row.expected });
    if (row.does !== 'command') return;
    // Every row has a moment of its own, as in the core's run: "oldest" in the burn order depends on it.
    await this.engine.clock.advance(1);
    checkOutcome(await this.engine.ledger.submit(row.command(this.world)), row.expected, name);
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
  let engine: ClockedEngine;
  beforeAll(async () => {
    engine = await startClockedEngine({ book: TABLE_BOOK });
  });
  afterAll(() => engine.stop());

  test.each(TABLES.map((table) => [table.name, table] as const))('%s', async (_name, table) => {
    const runner = new EngineRunner(worldAt(engine.clock.now), engine);
    for (const [index, row] of table.rows.entries()) await runner.run(row, `row ${index + 1}`);
  });
});
