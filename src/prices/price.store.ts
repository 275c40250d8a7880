import { type EntityManager, In, Raw } from 'typeorm';
import {
  type PriceVersion,
  type PriceVersionContent,
  PriceVersionEntity,
  type PriceVersionRow,
} from './price.entity.js';

const LISTED = {
  id: true,
  book: true,
  version: true,
  asset: true,
  effectiveFrom: true,
  importedAt: true,
  importedBy: true,
} as const;

/** All versions of a book, or of every book, the newest of each first. */
export function selectVersions(manager: EntityManager, book?: string): Promise<PriceVersion[]> {
  return manager.find(PriceVersionEntity, {
    where: book === undefined ? {} : { book },
    order: { book: 'ASC', version: 'DESC' },
  });
}

export function selectContents(manager: EntityManager, ids: readonly string[]): Promise<PriceVersionContent[]> {
  return manager.find(PriceVersionEntity, { where: { id: In([...ids]) }, select: { ...LISTED, content: true } });
}

/** The version of a book that is in force by the database's clock. */
export async function selectInForce(manager: EntityManager, book: string): Promise<PriceVersionContent | undefined> {
  const found = await manager.findOne(PriceVersionEntity, {
    where: { book, effectiveFrom: Raw((column) => `${column} <= clock_timestamp()`) },
    order: { effectiveFrom: 'DESC' },
    select: { ...LISTED, content: true },
  });
  return found ?? undefined;
}

/** The database's clock, in whole milliseconds. */
export async function selectNow(manager: EntityManager): Promise<number> {
  const [row] = await manager.query<{ now: number }[]>(
    'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
  );
  return row?.now ?? Number.NaN;
}

export function selectExists(manager: EntityManager): Promise<boolean> {
  return manager.exists(PriceVersionEntity);
}

/** The newest version of a book, with its hash. */
export async function selectNewest(
  manager: EntityManager,
  book: string,
): Promise<(PriceVersion & Pick<PriceVersionRow, 'contentHash'>) | undefined> {
  const found = await manager.findOne(PriceVersionEntity, {
    where: { book },
    order: { version: 'DESC' },
    select: { ...LISTED, contentHash: true },
  });
  return found ?? undefined;
}

/** @throws a duplicate where the book has that version already, or another that takes effect at the same moment. */
export async function insertVersion(manager: EntityManager, row: Omit<PriceVersionRow, 'importedAt'>): Promise<void> {
  await manager.insert(PriceVersionEntity, row);
}
