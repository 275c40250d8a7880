import type pg from 'pg';

/** Claims an outside reference for an account, unless somebody has it already. Answers whether this claim is new. */
export async function insertClaim(pool: pg.Pool, reference: string, accountId: string): Promise<boolean> {
  const { rowCount } = await pool.query('INSERT INTO reference_claim (reference, account_id) VALUES ($1, $2) ON CONFLICT (reference) DO NOTHING', [
    reference,
    accountId,
  ]);
  return rowCount === 1;
}

/** Whose reference it is; undefined where nobody has claimed it. */
export async function selectClaimant(pool: pg.Pool, reference: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ accountId: string }>('SELECT account_id AS "accountId" FROM reference_claim WHERE reference = $1', [reference]);
  return rows[0]?.accountId;
}

export async function selectExists(pool: pg.Pool, bucket: number, accountId: string): Promise<boolean> {
  const { rowCount } = await pool.query('SELECT 1 FROM account WHERE bucket = $1 AND id = $2', [bucket, accountId]);
  return rowCount === 1;
}
