import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RULES, type Rule } from '../../src/audit/events.js';
import { Verifier } from '../../src/audit/verifier.js';
import { loadConfig } from '../../src/config/config.js';
import { Database } from '../../src/db/database.js';
import type { Corruption } from './corruption.js';
import { type GoldenBooks, makeGoldenBooks } from './golden-books.js';
import { JOURNAL } from './journal-corruptions.js';
import { POCKETS_AND_TRANSFERS } from './money-corruptions.js';
import { STATE, USAGE } from './state-corruptions.js';
import { type Verified, verified } from './verified.js';

const ALL: readonly Corruption[] = [...POCKETS_AND_TRANSFERS, ...JOURNAL, ...STATE, ...USAGE];
/** Both sides of a transfer are in one row: no corruption of rows can make debits and credits differ. */
const CANNOT_BE_BROKEN: readonly Rule[] = ['trial-balance'];

describe('verify on books that were broken', () => {
  let books: GoldenBooks;
  beforeAll(async () => {
    books = await makeGoldenBooks();
  });
  afterAll(() => books.drop());

  async function verifyAt(url: string): Promise<Verified> {
    const database = new Database(loadConfig({ DATABASE_URL: url }));
    try {
      return await verified(new Verifier(database));
    } finally {
      await database.close();
    }
  }

  test('a copy that nobody broke passes', async () => {
    const { findings, summary } = await books.withCopy(({ url }) => verifyAt(url));
    expect(findings).toEqual([]);
    expect(summary.ok).toBe(true);
  });

  test.each(ALL.map((corruption) => [corruption.name, corruption] as const))('%s', async (_name, corruption) => {
    const { victim } = books;
    const { findings, summary } = await books.withCopy(async ({ owner, url }) => {
      await corruption.break(owner, victim);
      return verifyAt(url);
    });
    expect({ rules: [...new Set(findings.map(({ rule }) => rule))].sort(), findings }).toMatchObject({
      rules: [...corruption.rules].sort(),
    });
    expect(findings.map(({ at }) => at)).toContainEqual(expect.objectContaining(corruption.names(victim)));
    expect(summary.ok).toBe(false);
  });

  test('every rule has a corruption that breaks it', () => {
    const broken = new Set([...ALL.flatMap(({ rules }) => rules), ...CANNOT_BE_BROKEN]);
    expect([...broken].sort()).toEqual(Object.keys(RULES).sort());
  });
});
