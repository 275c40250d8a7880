import type pg from 'pg';
import type { Scope } from './scope.js';

/** A service token as it is kept: never its secret. */
export interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
}

const COLUMNS = 'id, name, scopes, created_at AS "createdAt", revoked_at AS "revokedAt"';

export async function insertToken(pool: pg.Pool, id: string, name: string, hash: Buffer, scopes: readonly Scope[]): Promise<void> {
  await pool.query('INSERT INTO service_token (id, name, hash, scopes) VALUES ($1, $2, $3, $4)', [id, name, hash, scopes]);
}

export async function selectTokens(pool: pg.Pool): Promise<TokenRow[]> {
  const { rows } = await pool.query<TokenRow>(`SELECT ${COLUMNS} FROM service_token ORDER BY created_at, id`);
  return rows;
}

/** The token of that hash, unless it is revoked. */
export async function selectTokenByHash(pool: pg.Pool, hash: Buffer): Promise<Pick<TokenRow, 'id' | 'scopes'> | undefined> {
  const { rows } = await pool.query<Pick<TokenRow, 'id' | 'scopes'>>(
    'SELECT id, scopes FROM service_token WHERE hash = $1 AND revoked_at IS NULL',
    [hash],
  );
  return rows[0];
}

/** Revokes a token; one that is revoked already keeps its first moment. Answers whether there is such a token. */
export async function updateRevoked(pool: pg.Pool, id: string): Promise<boolean> {
  const { rowCount } = await pool.query('UPDATE service_token SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1', [id]);
  return rowCount === 1;
}
