import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../../test/support/databases.js';
import { loadConfig } from '../config/config.js';
import { Database } from '../db/database.js';
import { ENTITIES } from '../entities.js';
import { selectNow } from './price.store.js';
import { type ImportedBook, PricesService } from './prices.service.js';

const REFRESH_MS = 60_000;

let test: TestDatabase;
let database: Database;
let service: PricesService;

beforeAll(async () => {
  test = await createTestDatabase();
  const config = loadConfig({ DATABASE_URL: test.url, PRICE_REFRESH_MS: String(REFRESH_MS) });
  database = new Database(config, ENTITIES);
  await database.open();
  service = new PricesService(database, config);
});

afterAll(async () => {
  await database.close();
  await test.drop();
});

function bookOf(book: string, price: string, more: object = {}): Record<string, unknown> {
  return {
    book,
    asset: 'USD',
    models: [{ model: 'm', category: 'image', rates: [{ meter: 'images', per: '1', price }] }],
    ...more,
  };
}

async function imported(content: unknown, effectiveFrom?: number): Promise<ImportedBook> {
  const result = await service.importBook(content, { by: 'test', effectiveFrom });
  if (!result.ok) throw new Error(result.message);
  return result;
}

describe('the first start', () => {
  it('imports the sample into an empty ledger, once, however many processes start', async () => {
    const results = await Promise.all([
      service.importSampleIfEmpty(),
      service.importSampleIfEmpty(),
      service.importSampleIfEmpty(),
    ]);
    const made = results.filter((result) => result?.unchanged === false);
    expect(made).toEqual([expect.objectContaining({ book: 'nightveil', version: 1, models: 271, rates: 340 })]);
    expect(await service.importSampleIfEmpty()).toBeUndefined();
    expect(await service.list('nightveil')).toHaveLength(1);
  });
});

describe('a version', () => {
  it('takes effect at once where it is the first, and two refresh intervals later otherwise', async () => {
    const before = await selectNow(database.dataSource.manager);
    const first = await imported(bookOf('dated', '1'));
    const second = await imported(bookOf('dated', '2'));
    const after = await selectNow(database.dataSource.manager);
    expect(first.effectiveFrom).toBeGreaterThanOrEqual(before);
    expect(first.effectiveFrom).toBeLessThanOrEqual(after);
    expect(second.effectiveFrom).toBeGreaterThan(after + 2 * REFRESH_MS);
    expect((await service.inForce('dated'))?.id).toBe(first.priceVersionId);
    expect((await service.list('dated')).map(({ version, importedBy }) => [version, importedBy])).toEqual([
      [2, 'test'],
      [1, 'test'],
    ]);
  });

  it('takes effect when it is asked to, if that leaves time enough', async () => {
    const past = Date.UTC(2020, 0, 1);
    expect((await imported(bookOf('asked', '1'), past)).effectiveFrom).toBe(past);
    const later = (await selectNow(database.dataSource.manager)) + 3 * REFRESH_MS;
    const second = await imported(bookOf('asked', '2'), later);
    expect((await service.version(second.priceVersionId))?.effectiveFrom).toBe(later);
    const refused = [later, later - 2 * REFRESH_MS, past, Number.NaN, 1.5, Number.MAX_SAFE_INTEGER, -1];
    for (const moment of refused) {
      expect(await service.importBook(bookOf('asked', '3'), { by: 'test', effectiveFrom: moment })).toMatchObject({
        ok: false,
        code: 'VALIDATION',
        field: 'effective_from',
      });
    }
    expect(await service.list('asked')).toHaveLength(2);
  });

  it('is not made again of the same content, whatever the order of its keys', async () => {
    const first = await imported(bookOf('same', '1'));
    const { models, asset, book } = bookOf('same', '1');
    expect(await imported({ models, asset, book })).toEqual({ ...first, unchanged: true });
  });

  it('is made of content that an older version had, so that prices can go back', async () => {
    await imported(bookOf('back', '1'));
    await imported(bookOf('back', '2'));
    expect(await imported(bookOf('back', '1'))).toMatchObject({ version: 3, unchanged: false });
  });

  it('keeps its content as it was imported', async () => {
    const content = bookOf('content', '1.50', { markup: { times: '1.5' }, rounding: 'up' });
    const { priceVersionId } = await imported(content);
    expect((await service.version(priceVersionId))?.content).toEqual(content);
    expect((await service.inForce('content'))?.content).toEqual(content);
  });

  it.each(['UPDATE price_version SET content = content', 'DELETE FROM price_version'])(
    'cannot be changed by the service: %s',
    async (statement) => {
      await expect(database.pool.query(statement)).rejects.toThrow('permission denied');
    },
  );

  it('is there once when the same content is imported many times at once', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => imported(bookOf('crowd', '1'))));
    expect(results.filter(({ unchanged }) => !unchanged)).toHaveLength(1);
    expect(new Set(results.map(({ priceVersionId }) => priceVersionId)).size).toBe(1);
  });

  it('has a number of its own when others are imported at once', async () => {
    const results = await Promise.all(Array.from({ length: 8 }, (_, index) => imported(bookOf('race', String(index)))));
    expect(results.map(({ version }) => version).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(new Set((await service.list('race')).map(({ effectiveFrom }) => effectiveFrom)).size).toBe(8);
  });
});

describe('what is refused', () => {
  const many = { book: 'many', asset: 'USD', models: Array.from({ length: 12 }, () => 5) };
  const refused: [string, unknown, string, RegExp][] = [
    ['no book', null, 'content', /expected an object/],
    [
      'a wrong price',
      bookOf('wrong', '1,50'),
      'models[0].rates[0].price',
      /^models\[0\]\.rates\[0\]\.price: expected a decimal string/,
    ],
    ['many issues', many, 'models[0]', /; and 2 more$/],
    [
      'text that PostgreSQL cannot store',
      bookOf('nul', '1', { models: [{ model: 'a\0', category: 'text', rates: [] }] }),
      'models[0].model',
      /on one line/,
    ],
  ];
  it.each(refused)('%s', async (_, content, field, message) => {
    const before = await service.list();
    expect(await service.importBook(content, { by: 'test' })).toMatchObject({
      ok: false,
      code: 'VALIDATION',
      field,
      message: expect.stringMatching(message),
    });
    expect(await service.list()).toEqual(before);
  });

  it('another asset than the book has', async () => {
    await imported(bookOf('asset', '1'));
    expect(await service.importBook(bookOf('asset', '1', { asset: 'CREDIT' }), { by: 'test' })).toMatchObject({
      ok: false,
      field: 'asset',
    });
  });

  it('a version that is not there is undefined', async () => {
    expect(await service.version('00000000-0000-4000-8000-000000000000')).toBeUndefined();
    expect(await service.inForce('nowhere')).toBeUndefined();
  });
});
