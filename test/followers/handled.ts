import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { loadConfig } from '../../src/config/config.js';
import { Database } from '../../src/db/database.js';
import { FollowerLoop, type FollowerOptions } from '../../src/journal/follower-loop.js';
import { JournalReader } from '../../src/journal/journal-reader.js';

/** A follower of a process of its own, which writes down each row that it handles. */
export interface TestFollower {
  readonly loop: FollowerLoop;
  readonly database: Database;
  stop(): Promise<void>;
}

/** The table that test followers write to; without a key, so that a row handled twice is there twice. */
export async function createHandled(owner: pg.Pool): Promise<void> {
  await owner.query('CREATE TABLE handled (bucket integer, position bigint)');
  await owner.query('GRANT SELECT, INSERT ON handled TO tollgate_service');
}

export function follower(
  url: string,
  options: Partial<FollowerOptions> = {},
  makeReader = (database: Database) => new JournalReader(database),
): TestFollower {
  const database = new Database(loadConfig({ DATABASE_URL: url }));
  const loop = new FollowerLoop(database, makeReader(database), { follower: 'test', handle: writeDown, ...options });
  return {
    loop,
    database,
    stop: async () => {
      await loop.stop();
      await database.close();
    },
  };
}

export const writeDown: FollowerOptions['handle'] = async (client, bucket, entries) => {
  await client.query('INSERT INTO handled SELECT $1, unnest($2::bigint[])', [
    bucket,
    entries.map(({ position }) => position),
  ]);
};

/** Rows that were handled otherwise than once each, as far as the follower has read. */
export async function wronglyHandled(owner: pg.Pool): Promise<unknown[]> {
  const { rows } = await owner.query(`
    SELECT bucket, position, count(h.position)::int AS times
    FROM (SELECT bucket, generate_series(1, position) AS position FROM follower_cursor WHERE follower = 'test') j
    FULL JOIN handled h USING (bucket, position)
    GROUP BY bucket, position HAVING count(h.position) <> 1 ORDER BY 1, 2 LIMIT 10`);
  return rows;
}

/** How many rows of the journal a follower has not read yet. */
export async function lag(owner: pg.Pool, name = 'test'): Promise<number> {
  const { rows } = await owner.query<{ lag: number }>(
    `SELECT coalesce(sum(b.position - coalesce(c.position, 0)), 0)::int AS lag
     FROM bucket b LEFT JOIN follower_cursor c ON c.bucket = b.bucket AND c.follower = $1`,
    [name],
  );
  return rows[0]?.lag ?? Number.NaN;
}

/** Looks until the condition holds. One that does not for so long never will, and must not be looked for any longer. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 25_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('what was waited for did not happen');
    await delay(10);
  }
}
