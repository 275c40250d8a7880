import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { ReferenceClaimEntity } from './reference-claim.entity.js';

/** Claims an outside reference for an account, unless somebody has it already. Answers whether this claim is new. */
export async function insertClaim(source: DataSource, reference: string, accountId: string): Promise<boolean> {
  const claims = source.getRepository(ReferenceClaimEntity).createQueryBuilder();
  const inserted = await claims.insert().values({ reference, accountId }).orIgnore().returning('reference').execute();
  return inserted.raw.length === 1;
}

/** Whose reference it is; undefined where nobody has claimed it. */
export async function selectClaimant(source: DataSource, reference: string): Promise<string | undefined> {
  return (await source.getRepository(ReferenceClaimEntity).findOneBy({ reference }))?.accountId;
}

export async function selectExists(pool: pg.Pool, bucket: number, accountId: string): Promise<boolean> {
  const { rowCount } = await pool.query('SELECT 1 FROM account WHERE bucket = $1 AND id = $2', [bucket, accountId]);
  return rowCount === 1;
}
