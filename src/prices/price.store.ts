import type pg from 'pg';
import type { PriceBook } from '../core/pricing/price-book.js';
import type { PriceVersion, PriceVersionContent } from './price.entity.js';

const MILLISECONDS = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`;

/** Moments are stored in whole milliseconds, so that a process that counts in them changes over exactly with the database. */
const COLUMNS = `id, book, version, asset, ${MILLISECONDS('effective_from')} AS "effectiveFrom",
  ${MILLISECONDS('imported_at')} AS "importedAt", imported_by AS "importedBy"`;

/** All versions of a book, or of every book, the newest of each first. */
export async function selectVersions(client: pg.Pool | pg.PoolClient, book?: string): Promise<PriceVersion[]> {
  const { rows } = await client.query<PriceVersion>(
    `SELECT ${COLUMNS} FROM price_version WHERE $1::text IS NULL OR book = $1 ORDER BY book, version DESC`,
    [book ?? null],
  );
  return rows;
}

export async function selectContents(pool: pg.Pool, ids: readonly string[]): Promise<PriceVersionContent[]> {
  const { rows } = await pool.query<PriceVersionContent>(
    `SELECT ${COLUMNS}, content FROM price_version WHERE id = ANY ($1::uuid[])`,
    [ids],
  );
  return rows;
}

/** The version of a book that is in force by the database's clock. */
export async function selectInForce(pool: pg.Pool, book: string): Promise<PriceVersionContent | undefined> {
  const { rows } = await pool.query<PriceVersionContent>(
    `SELECT ${COLUMNS}, content FROM price_version WHERE book = $1 AND effective_from <= clock_timestamp()
     ORDER BY effective_from DESC LIMIT 1`,
    [book],
  );
  return rows[0];
}

/** The database's clock, in whole milliseconds. */
export async function selectNow(client: pg.Pool | pg.PoolClient): Promise<number> {
  const { rows } = await client.query<{ now: number }>(`SELECT floor(${MILLISECONDS('clock_timestamp()')}) AS now`);
  return rows[0]?.now ?? Number.NaN;
}

export async function selectExists(pool: pg.Pool): Promise<boolean> {
  const { rowCount } = await pool.query('SELECT 1 FROM price_version LIMIT 1');
  return rowCount === 1;
}

/** The newest version of a book, with its hash. */
export async function selectNewest(
  client: pg.PoolClient,
  book: string,
): Promise<(PriceVersion & { readonly contentHash: Buffer }) | undefined> {
  const { rows } = await client.query<PriceVersion & { contentHash: Buffer }>(
    `SELECT ${COLUMNS}, content_hash AS "contentHash" FROM price_version WHERE book = $1 ORDER BY version DESC LIMIT 1`,
    [book],
  );
  return rows[0];
}

export interface NewPriceVersion {
  readonly id: string;
  readonly version: number;
  readonly effectiveFrom: number;
  readonly content: PriceBook;
  readonly contentHash: Buffer;
  readonly importedBy: string;
}

/** @throws a duplicate where the book has that version already, or another that takes effect at the same moment. */
export async function insertVersion(client: pg.PoolClient, row: NewPriceVersion): Promise<void> {
  const { id, version, effectiveFrom, content, contentHash, importedBy } = row;
  await client.query(
    `INSERT INTO price_version (id, book, version, asset, effective_from, content, content_hash, imported_by)
     VALUES ($1, $2, $3, $4, to_timestamp($5::numeric / 1000), $6, $7, $8)`,
    [id, content.book, version, content.asset, effectiveFrom, JSON.stringify(content), contentHash, importedBy],
  );
}
