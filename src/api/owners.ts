import { Injectable } from '@nestjs/common';
import { KeyDirectory, type KeyOwner } from '../keys/key-directory.js';
import { readUuid } from './fields.js';
import { invalid, refused } from './refused.js';

/** How a request names a customer's key: by its secret or by its id. */
export interface KeyNamed {
  readonly key?: string;
  readonly keyId?: string;
}

/** How a request names an account: by its id, or by a key of it. */
export interface AccountNamed extends KeyNamed {
  readonly accountId?: string;
}

/** Finds out which account and key a request names. A key that nobody has is AUTHENTICATION_FAILED. */
@Injectable()
export class Owners {
  constructor(private readonly keys: KeyDirectory) {}

  /** Of a request that names a key. */
  async ofKey({ key = '', keyId = '' }: KeyNamed): Promise<KeyOwner> {
    if ((key === '') === (keyId === '')) throw invalid('key', 'exactly one of key and key_id');
    if (key !== '') {
      const owner = await this.keys.resolve(key);
      if (!owner) throw unknownKey('key');
      return owner;
    }
    const id = readUuid(keyId, 'key_id');
    const accountId = await this.keys.accountOf(id);
    if (accountId === undefined) throw unknownKey('key_id');
    return { accountId, keyId: id };
  }

  /** Of a request that names an account, or a key in its place. */
  async ofAccount(named: AccountNamed): Promise<{ accountId: string; keyId?: string }> {
    const { key = '', keyId = '', accountId = '' } = named;
    if (accountId === '') {
      if (key === '' && keyId === '') throw invalid('account_id', 'exactly one of account_id, key and key_id');
      return this.ofKey(named);
    }
    if (key !== '' || keyId !== '') throw invalid('account_id', 'exactly one of account_id, key and key_id');
    return { accountId: readUuid(accountId, 'account_id') };
  }
}

function unknownKey(field: string): Error {
  return refused('AUTHENTICATION_FAILED', 'the key is not known', { field });
}
