import { EntitySchema } from 'typeorm';

/** From a key's hash to its account. Immutable, and written before the key is minted. */
export interface KeyOwnerRow {
  readonly hash: Buffer;
  readonly accountId: string;
  readonly keyId: string;
}

export const KeyOwnerEntity = new EntitySchema<KeyOwnerRow>({
  name: 'KeyOwner',
  tableName: 'key_directory',
  columns: {
    hash: { type: 'bytea', primary: true },
    accountId: { name: 'account_id', type: 'uuid' },
    keyId: { name: 'key_id', type: 'uuid' },
  },
});
