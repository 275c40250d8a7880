import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Command } from 'commander';
import { createTestDatabase, type TestDatabase } from '../../test/support/databases.js';
import { registerPrices } from './prices.js';

const SAMPLE = 'examples/price-books/nightveil.json';

let test: TestDatabase;
let folder: string;
let out = '';
let err = '';

beforeAll(async () => {
  test = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'tollgate-prices-'));
  process.env['DATABASE_URL'] = test.url;
  process.env['DATABASE_MIGRATION_URL'] = test.migrationUrl;
});

beforeEach(() => {
  [out, err] = ['', ''];
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
});

afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
});

afterAll(async () => {
  delete process.env['DATABASE_URL'];
  delete process.env['DATABASE_MIGRATION_URL'];
  await rm(folder, { recursive: true });
  await test.drop();
});

async function tollgate(...args: string[]): Promise<typeof process.exitCode> {
  const program = new Command('tollgate').exitOverride();
  registerPrices(program);
  process.exitCode = undefined;
  await program.parseAsync(['prices', ...args], { from: 'user' });
  return process.exitCode;
}

async function file(name: string, content: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const bookOf = (price: string) => ({
  book: 'small',
  asset: 'USD',
  models: [{ model: 'm', category: 'image', rates: [{ meter: 'images', per: '1', price }] }],
});

describe('prices import', () => {
  it('imports a book, and nothing when it is there already', async () => {
    expect(await tollgate('import', SAMPLE)).toBeUndefined();
    expect(out).toMatch(/^nightveil: imported version 1, 271 models with 340 rates, in force from 2/);
    out = '';
    expect(await tollgate('import', SAMPLE)).toBeUndefined();
    expect(out).toBe('nightveil: version 1 has this content already; nothing was changed\n');
  });

  it('imports it under another name, and tells it as JSON', async () => {
    await tollgate('import', SAMPLE, '--book', 'wholesale', '--effective-from', '2026-01-01T00:00:00+01:00', '--json');
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      book: 'wholesale',
      version: 1,
      models: 271,
      effectiveFrom: '2025-12-31T23:00:00.000Z',
    });
  });

  it('checks a file without a database', async () => {
    process.env['DATABASE_URL'] = 'postgres://nobody@127.0.0.1:1/nowhere';
    expect(await tollgate('import', SAMPLE, '--dry-run')).toBeUndefined();
    process.env['DATABASE_URL'] = test.url;
    expect(out).toBe(`${SAMPLE} is a valid price book: nightveil, 271 models with 340 rates; nothing was imported\n`);
  });

  it('names every issue with its path and its model', async () => {
    const path = await file('bad.json', { ...bookOf('1,5'), asset: 'EUR' });
    expect(await tollgate('import', path)).toBe(1);
    expect(out).toBe('');
    expect(err.split('\n')).toEqual([
      `${path} is not a valid price book: 2 issues`,
      '  asset: expected one of USD, CREDIT',
      expect.stringMatching(/^ {2}models\[0\]\.rates\[0\]\.price \(m\): expected a decimal string below/),
      '',
    ]);
  });

  it('tells issues as JSON', async () => {
    expect(await tollgate('import', await file('bad.json', []), '--json')).toBe(1);
    expect(JSON.parse(out)).toEqual({ ok: false, code: 'VALIDATION', issues: [{ path: '', expected: 'an object' }] });
  });

  it('refuses a moment too early, and says which would do', async () => {
    await tollgate('import', await file('small.json', bookOf('1')));
    expect(
      await tollgate('import', await file('small.json', bookOf('2')), '--effective-from', '2026-01-01T00:00:00Z'),
    ).toBe(1);
    expect(err).toMatch(/^effective_from: expected a moment from 2/);
  });

  it('says what it could not read', async () => {
    expect(await tollgate('import', join(folder, 'missing.json'))).toBe(1);
    expect(err).toMatch(/missing\.json cannot be read: ENOENT/);
    err = '';
    expect(await tollgate('import', await file('broken.json', '{"book":'))).toBe(1);
    expect(err).toMatch(/broken\.json is not JSON: /);
    await expect(tollgate('import', SAMPLE, '--effective-from', 'tomorrow')).rejects.toThrow(
      'expected a moment with its offset',
    );
  });
});

describe('prices list and show', () => {
  it('lists every version with its state', async () => {
    await tollgate('import', await file('listed.json', { ...bookOf('1'), book: 'listed' }));
    await tollgate('import', await file('listed.json', { ...bookOf('2'), book: 'listed' }));
    out = '';
    expect(await tollgate('list', 'listed')).toBeUndefined();
    expect(out).toMatch(
      /^BOOK +VERSION +ASSET +FROM +STATE +IMPORTED BY +ID\nlisted +2 +USD +\S+ +to come +cli +\S+\nlisted +1 +USD +\S+ +in force +cli/,
    );
    out = '';
    await tollgate('list', '--json');
    expect(JSON.parse(out)).toEqual(
      expect.arrayContaining([expect.objectContaining({ book: 'listed', version: 2, importedBy: 'cli' })]),
    );
  });

  it('shows a book, and one of its models', async () => {
    await tollgate('import', SAMPLE);
    out = '';
    await tollgate('show', 'nightveil');
    expect(out).toMatch(/^nightveil, version 1, USD, in force since /);
    expect(out).toMatch(/\nclaude-fable-5 +text +sfw +input_tokens 18.00 \/ 1000000; output_tokens 90.00 \/ 1000000\n/);
    expect(out).toMatch(/\nelevenlabs\/scribe-v2 +stt +sfw +no rate: refused as UNPRICED\n/);
    out = '';
    await tollgate('show', 'nightveil', 'upscaler');
    expect(out).toMatch(
      /listing +from\n +listed as +from \$0\.0300\n +minimum charge +0\.03\n +rate +upstream_cost 1\.5 \/ 1\n$/,
    );
    out = '';
    await tollgate('show', 'nightveil', 'upscaler', '--json');
    expect(JSON.parse(out)).toMatchObject({ model: 'upscaler', minimum_charge: '0.03' });
  });

  const missing: [string[], RegExp][] = [
    [['show', 'nowhere'], /^no price book "nowhere" is in force/],
    [['show', 'nightveil', 'nothing'], /^price book "nightveil" has no model "nothing"/],
    [['list', 'nowhere'], /^there is no price book "nowhere"/],
  ];
  it.each(missing)('says what is not there: %j', async (args, message) => {
    expect(await tollgate(...args)).toBe(1);
    expect(err).toMatch(message);
  });
});
