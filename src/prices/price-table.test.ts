import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { asOwner, createTestDatabase, type TestDatabase } from '../../test/support/databases.js';
import { loadConfig } from '../config/config.js';
import { PricesStale } from '../core/ledger/context.js';
import { Database } from '../db/database.js';
import { ENTITIES } from '../entities.js';
import { PriceTable } from './price-table.js';
import { type ImportedBook, PricesService } from './prices.service.js';

let test: TestDatabase;
let database: Database;
let service: PricesService;
const tables: PriceTable[] = [];

beforeAll(async () => {
  Logger.overrideLogger(false);
  test = await createTestDatabase();
  const config = loadConfig({ DATABASE_URL: test.url });
  database = new Database(config, ENTITIES);
  await database.open();
  service = new PricesService(database, config);
});

afterEach(() => {
  for (const table of tables.splice(0)) table.stop();
});

afterAll(async () => {
  await database.close();
  await test.drop();
});

/** The table of a process of its own. */
async function startTable(refreshMs = 600_000): Promise<PriceTable> {
  const table = new PriceTable(database, loadConfig({ DATABASE_URL: test.url, PRICE_REFRESH_MS: String(refreshMs) }));
  tables.push(table);
  await table.start();
  return table;
}

async function imported(book: string, price: string, effectiveFrom?: number): Promise<ImportedBook> {
  const content = {
    book,
    asset: 'USD',
    models: [{ model: 'm', category: 'image', rates: [{ meter: 'images', per: '1', price }] }],
  };
  const result = await service.importBook(content, { by: 'test', effectiveFrom });
  if (!result.ok) throw new Error(result.message);
  return result;
}

async function until<T>(probe: () => T | undefined): Promise<T> {
  for (;;) {
    const found = probe();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('the price table', () => {
  it('has the version in force at a moment, and knows those to come', async () => {
    const first = await imported('dated', '1');
    const second = await imported('dated', '2');
    const table = await startTable();
    expect(table.inForce('dated', first.effectiveFrom - 1)).toBeUndefined();
    expect(table.inForce('dated', first.effectiveFrom)?.priceVersionId).toBe(first.priceVersionId);
    expect(table.inForce('dated', second.effectiveFrom - 1)?.priceVersionId).toBe(first.priceVersionId);
    expect(table.inForce('dated', second.effectiveFrom)?.priceVersionId).toBe(second.priceVersionId);
    expect(
      table.inForce('dated', second.effectiveFrom)?.book.models.get('m')?.priceUsage({ images: '3' }, {}).total,
    ).toBe(6_000_000_000n);
    expect(table.inForce('nowhere', second.effectiveFrom)).toBeUndefined();
    expect(table.list().map(({ book, version }) => [book, version])).toEqual([
      ['dated', 2],
      ['dated', 1],
    ]);
  });

  it('finds a book’s first version at once when it is asked for', async () => {
    const table = await startTable();
    const { effectiveFrom, priceVersionId } = await imported('new', '1');
    expect(table.inForce('new', effectiveFrom)).toBeUndefined();
    await table.ensureBooks(['new']);
    expect(table.inForce('new', effectiveFrom)?.priceVersionId).toBe(priceVersionId);
  });

  it('hears of versions that another process imported', async () => {
    const { effectiveFrom } = await imported('heard', '1');
    const table = await startTable(100);
    const second = await imported('heard', '2', effectiveFrom + 60_000);
    const found = await until(() => table.list().find(({ id }) => id === second.priceVersionId));
    expect(found.version).toBe(2);
    expect(table.inForce('heard', second.effectiveFrom)?.priceVersionId).toBe(second.priceVersionId);
  });

  it('loads a version of the past when it is asked for', async () => {
    const old = await imported('past', '1', Date.UTC(2020, 0, 1));
    const { effectiveFrom } = await imported('past', '2');
    await moveIntoThePast('past', 2);
    const table = await startTable();
    expect(() => table.version(old.priceVersionId)).toThrow('is not loaded');
    expect(() => table.inForce('past', Date.UTC(2020, 5, 1))).toThrow(PricesStale);
    expect(await until(() => loaded(() => table.inForce('past', Date.UTC(2020, 5, 1))?.priceVersionId))).toBe(
      old.priceVersionId,
    );
    expect(table.version(old.priceVersionId).book.name).toBe('past');
    expect(table.inForce('past', effectiveFrom)?.priceVersionId).not.toBe(old.priceVersionId);
  });

  it('loads versions by their ids, and leaves out those that are not there', async () => {
    const old = await imported('pinned', '1', Date.UTC(2020, 0, 1));
    await imported('pinned', '2');
    await moveIntoThePast('pinned', 2);
    const table = await startTable();
    const missing = '00000000-0000-4000-8000-000000000000';
    await table.ensureVersions([old.priceVersionId, missing]);
    expect(table.version(old.priceVersionId).priceVersionId).toBe(old.priceVersionId);
    expect(() => table.version(missing)).toThrow('is not loaded');
  });

  it('does not price when it could not look for two intervals, and prices again when it can', async () => {
    const { effectiveFrom } = await imported('stale', '1');
    const table = await startTable(100);
    expect(table.inForce('stale', effectiveFrom)).toBeDefined();
    await setReachable(false);
    await until(() => (loaded(() => table.inForce('stale', effectiveFrom)) ? undefined : true));
    expect(() => table.inForce('stale', effectiveFrom)).toThrow(PricesStale);
    await setReachable(true);
    expect(await until(() => loaded(() => table.inForce('stale', effectiveFrom)))).toBeDefined();
  });
});

/** Takes the database away from its service, and gives it back. */
async function setReachable(reachable: boolean): Promise<void> {
  const maintenance = new URL(test.migrationUrl);
  maintenance.pathname = '/postgres';
  await asOwner(maintenance.href, async (owner) => {
    await owner.query(`ALTER DATABASE ${test.name} WITH ALLOW_CONNECTIONS ${reachable}`);
    await owner.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [test.name]);
  });
}

/** As if the version had been imported long ago: only the owner of the tables can do that. */
async function moveIntoThePast(book: string, version: number): Promise<void> {
  await asOwner(test.migrationUrl, (owner) =>
    owner.query(
      `UPDATE price_version SET effective_from = now() - interval '1 hour' WHERE book = $1 AND version = $2`,
      [book, version],
    ),
  );
}

/** What is found, or undefined where it is not loaded or too old. */
function loaded<T>(look: () => T | undefined): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof PricesStale) return undefined;
    throw error;
  }
}
