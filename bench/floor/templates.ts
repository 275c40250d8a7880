import type pg from 'pg';
import { startEngine } from '../engine.js';
import { type BenchAccount, newReserve, newSettle, samplePrices, succeed } from '../workload.js';

/** How many pairs the engine makes, whose rows are written again and again. */
export const TEMPLATE_PAIRS = 128;

/** Rows that the engine wrote. */
export interface Templates {
  readonly reserveBodies: readonly string[];
  readonly settleBodies: readonly string[];
  readonly transfers: readonly { kind: string; credit: string; asset: string; amount: string }[];
}

/** Lets the engine write some pairs on the accounts, and reads what it wrote. */
export async function makeTemplates(
  url: string,
  accounts: readonly BenchAccount[],
  connection: pg.Client,
): Promise<Templates> {
  const { submit, close } = await startEngine(url, samplePrices(), { lanes: 1, batchMax: 1_000 });
  const pairs = Array.from({ length: TEMPLATE_PAIRS }, async (_, index) => {
    const reserve = newReserve(accounts[index % accounts.length] as BenchAccount);
    await succeed(submit, reserve);
    await succeed(submit, newSettle(reserve));
  });
  await Promise.all(pairs);
  await close();
  const bodies = async (type: string): Promise<string[]> => {
    const { rows } = await connection.query<{ body: string }>(
      'SELECT body::text AS body FROM journal WHERE type = $1 ORDER BY command_id LIMIT $2',
      [type, TEMPLATE_PAIRS],
    );
    return rows.map(({ body }) => body);
  };
  const { rows: transfers } = await connection.query<Templates['transfers'][number]>(
    `SELECT kind, credit, asset, amount FROM transfer WHERE kind = 'settle' LIMIT $1`,
    [TEMPLATE_PAIRS],
  );
  if (transfers.length === 0) throw new Error('the engine left no transfers to copy');
  return { reserveBodies: await bodies('Reserve'), settleBodies: await bodies('Settle'), transfers };
}
