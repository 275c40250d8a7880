import { EntitySchema } from 'typeorm';
import type { Scope } from './scope.js';

/** A service token as it is kept: the hash of its secret, never the secret. */
export interface ServiceToken {
  readonly id: string;
  readonly name: string;
  readonly hash: Buffer;
  readonly scopes: Scope[];
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
}

export const ServiceTokenEntity = new EntitySchema<ServiceToken>({
  name: 'ServiceToken',
  tableName: 'service_token',
  columns: {
    id: { type: 'uuid', primary: true },
    name: { type: 'text' },
    hash: { type: 'bytea', select: false },
    scopes: { type: 'text', array: true },
    createdAt: { name: 'created_at', type: 'timestamptz', createDate: true },
    revokedAt: { name: 'revoked_at', type: 'timestamptz', nullable: true },
  },
});
