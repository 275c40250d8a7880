import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Database } from '../db/database.js';
import { BoundedCache } from '../secrets/bounded-cache.js';
import { hashSecret, maybeSecret, newSecret } from '../secrets/secret.js';
import type { Scope } from './scope.js';
import { insertToken, selectTokenByHash, selectTokens, type TokenRow, updateRevoked } from './token.store.js';

/** For how long a look-up is taken as good, in milliseconds: a revocation is noticed within this. */
const FRESH_MS = 500;

const CACHED_MAX = 10_000;

/** Who is calling: a service token that is not revoked. */
export interface Principal {
  readonly tokenId: string;
  readonly scopes: ReadonlySet<Scope>;
}

interface Known {
  readonly principal: Principal;
  readonly seenAtMs: number;
}

/** Service tokens: minted, listed, revoked, and looked up by the hash of their secret. */
@Injectable()
export class TokenStore {
  private readonly known = new BoundedCache<Known>(CACHED_MAX);
  private readonly asking = new Map<string, Promise<Principal | undefined>>();

  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  /** Makes a token. Its secret is answered here and never again. */
  async mint(wanted: {
    readonly name: string;
    readonly scopes: readonly Scope[];
  }): Promise<{ id: string; token: string }> {
    const id = randomUUID();
    const token = newSecret(this.config.TOKEN_PREFIX);
    await insertToken(this.database.dataSource, {
      id,
      name: wanted.name,
      hash: hashSecret(token),
      scopes: [...wanted.scopes],
    });
    return { id, token };
  }

  /** All tokens, oldest first, the revoked ones too. */
  list(): Promise<TokenRow[]> {
    return selectTokens(this.database.dataSource);
  }

  /** Revokes a token for good. False where there is none with this id. */
  revoke(id: string): Promise<boolean> {
    return updateRevoked(this.database.dataSource, id);
  }

  /** Whose token this is; undefined where it is unknown or revoked, which is noticed within half a second. */
  async resolve(token: string): Promise<Principal | undefined> {
    if (!maybeSecret(token)) return undefined;
    const hash = hashSecret(token);
    const key = hash.toString('base64');
    const known = this.known.get(key);
    if (known && performance.now() - known.seenAtMs < FRESH_MS) return known.principal;
    return this.ask(key, hash);
  }

  /**
   * The same for commands. A token that was good before is taken as good without asking again, because the engine
   * refuses commands of a revoked token in the batch itself.
   */
  async resolveForCommand(token: string): Promise<Principal | undefined> {
    if (!maybeSecret(token)) return undefined;
    const hash = hashSecret(token);
    const key = hash.toString('base64');
    return this.known.get(key)?.principal ?? this.ask(key, hash);
  }

  /** Asks the database, once for all who ask at the same time. */
  private ask(key: string, hash: Buffer): Promise<Principal | undefined> {
    const asked = this.asking.get(key);
    if (asked) return asked;
    const asking = this.lookUp(key, hash).finally(() => this.asking.delete(key));
    this.asking.set(key, asking);
    return asking;
  }

  private async lookUp(key: string, hash: Buffer): Promise<Principal | undefined> {
    const seenAtMs = performance.now();
    const found = await selectTokenByHash(this.database.dataSource, hash);
    if (!found) {
      this.known.delete(key);
      return undefined;
    }
    const principal: Principal = { tokenId: found.id, scopes: new Set(found.scopes) };
    this.known.set(key, { principal, seenAtMs });
    return principal;
  }
}
