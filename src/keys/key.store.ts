import type pg from 'pg';
import type { ContentTier, KeyScope } from '../core/ledger/commands.js';

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
export async function selectKeys(pool: pg.Pool, bucket: number, accountId: string, afterId: string, limit: number): Promise<KeyRow[]> {
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
export async function selectByHash(pool: pg.Pool, hash: Buffer): Promise<{ accountId: string; keyId: string } | undefined> {
  const { rows } = await pool.query<{ accountId: string; keyId: string }>(
    'SELECT account_id AS "accountId", key_id AS "keyId" FROM key_directory WHERE hash = $1',
    [hash],
  );
  return rows[0];
}

export async function insertClaim(pool: pg.Pool, hash: Buffer, accountId: string, keyId: string): Promise<void> {
  await pool.query('INSERT INTO key_directory (hash, account_id, key_id) VALUES ($1, $2, $3)', [hash, accountId, keyId]);
}

/** Whose key has this id. */
export async function selectAccountOf(pool: pg.Pool, keyId: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ accountId: string }>('SELECT account_id AS "accountId" FROM key_directory WHERE key_id = $1 LIMIT 1', [keyId]);
  return rows[0]?.accountId;
}
