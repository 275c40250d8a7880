import { type DataSource, IsNull } from 'typeorm';
import type { Scope } from './scope.js';
import { type ServiceToken, ServiceTokenEntity } from './token.entity.js';

/** A service token as it is listed. */
export type TokenRow = Omit<ServiceToken, 'hash'>;

export async function insertToken(
  source: DataSource,
  token: Pick<ServiceToken, 'id' | 'name' | 'hash' | 'scopes'>,
): Promise<void> {
  await source.getRepository(ServiceTokenEntity).insert(token);
}

export function selectTokens(source: DataSource): Promise<TokenRow[]> {
  return source.getRepository(ServiceTokenEntity).find({ order: { createdAt: 'ASC', id: 'ASC' } });
}

/** The token of that hash, unless it is revoked. */
export async function selectTokenByHash(
  source: DataSource,
  hash: Buffer,
): Promise<{ readonly id: string; readonly scopes: readonly Scope[] } | undefined> {
  const found = await source.getRepository(ServiceTokenEntity).findOneBy({ hash, revokedAt: IsNull() });
  return found ?? undefined;
}

/** Revokes a token; one that is revoked already keeps its first moment. Answers whether there is such a token. */
export async function updateRevoked(source: DataSource, id: string): Promise<boolean> {
  const tokens = source.getRepository(ServiceTokenEntity);
  const { affected } = await tokens
    .createQueryBuilder()
    .update()
    .set({ revokedAt: () => 'coalesce(revoked_at, now())' })
    .where({ id })
    .execute();
  return affected === 1;
}
