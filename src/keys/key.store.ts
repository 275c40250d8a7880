import type pg from 'pg';
import type { DataSource } from 'typeorm';
import type { ContentTier, KeyScope } from '../core/ledger/commands.js';
import { KeyOwnerEntity, type KeyOwnerRow } from './key-owner.entity.js';

/** A key as it is kept. Its secret is not. */
export interface KeyRow {
  readonly id: string;
  readonly label: string;
  readonly scope: KeyScope;
  readonly tier: ContentTier;
  readonly models: readonly string[] | null;
  /** Milliseconds since 1970, as the driver hands over a bigint. */
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
}

/** A page of an account's keys. Their ids are time-ordered, so that the order of the ids is that of their making. */
export async function selectKeys(
  pool: pg.Pool,
  bucket: number,
  accountId: string,
  afterId: string,
  limit: number,
): Promise<KeyRow[]> {
  const { rows } = await pool.query<KeyRow>(
    `SELECT id, label, scope, tier, models,
            (extract(epoch FROM expires_at) * 1000)::bigint AS "expiresAt",
            (extract(epoch FROM revoked_at) * 1000)::bigint AS "revokedAt"
     FROM key WHERE bucket = $1 AND account_id = $2 AND id > $3 ORDER BY id LIMIT $4`,
    [bucket, accountId, afterId, limit],
  );
  return rows;
}

/** Whose key has this hash. */
export async function selectByHash(source: DataSource, hash: Buffer): Promise<KeyOwnerRow | undefined> {
  return (await source.getRepository(KeyOwnerEntity).findOneBy({ hash })) ?? undefined;
}

export async function insertClaim(source: DataSource, claim: KeyOwnerRow): Promise<void> {
  await source.getRepository(KeyOwnerEntity).insert(claim);
}

/** Whose key has this id. */
export async function selectAccountOf(source: DataSource, keyId: string): Promise<string | undefined> {
  return (await source.getRepository(KeyOwnerEntity).findOneBy({ keyId }))?.accountId;
}
