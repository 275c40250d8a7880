import { Injectable } from '@nestjs/common';
import { bucketOf } from '../core/ledger/ids.js';
import { Database } from '../db/database.js';
import { Ledger } from '../ledger/ledger.js';
import { BoundedCache } from '../secrets/bounded-cache.js';
import { hashSecret, maybeSecret } from '../secrets/secret.js';
import { insertClaim, type KeyRow, selectAccountOf, selectByHash, selectKeys } from './key.store.js';

const CACHED_MAX = 100_000;

/** Which key a secret is, and of which account. Never changes once it is known. */
export interface KeyOwner {
  readonly accountId: string;
  readonly keyId: string;
}

/**
 * From a key's secret or id to its account. What it answers is immutable and may be cached for good; what it does not
 * know may be minted any moment, and is asked again each time. It says nothing of a key's state, which the engine
 * reads in the batch.
 */
@Injectable()
export class KeyDirectory {
  private readonly owners = new BoundedCache<KeyOwner>(CACHED_MAX);
  private readonly accounts = new BoundedCache<string>(CACHED_MAX);

  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
  ) {}

  /** Enters a key's hash, before the key is minted. */
  async claim(secret: string, accountId: string, keyId: string): Promise<void> {
    await insertClaim(this.database.dataSource, { hash: hashSecret(secret), accountId, keyId });
  }

  /** Whose key the secret is; undefined where it is nobody's. */
  async resolve(secret: string): Promise<KeyOwner | undefined> {
    if (!maybeSecret(secret)) return undefined;
    const hash = hashSecret(secret);
    const name = hash.toString('base64');
    const known = this.owners.get(name);
    if (known) return known;
    const found = await selectByHash(this.database.dataSource, hash);
    if (!found) return undefined;
    const owner: KeyOwner = { accountId: found.accountId, keyId: found.keyId };
    this.owners.set(name, owner);
    return owner;
  }

  /** Which account has the key; undefined where none has. */
  async accountOf(keyId: string): Promise<string | undefined> {
    const known = this.accounts.get(keyId);
    if (known !== undefined) return known;
    const found = await selectAccountOf(this.database.dataSource, keyId);
    if (found !== undefined) this.accounts.set(keyId, found);
    return found;
  }

  /** A page of an account's keys, oldest first, those after the given id. */
  list(accountId: string, afterId: string, limit: number): Promise<KeyRow[]> {
    return selectKeys(this.database.pool, bucketOf(accountId, this.ledger.buckets), accountId, afterId, limit);
  }
}
