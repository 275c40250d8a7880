import type { AccountBooks } from './books.js';
import type { RevokeKey } from './commands.js';
import type { Context } from './context.js';
import type { Decision } from './decision.js';
import { keyValue } from './mint-key.js';
import { type KeyValue, refuse } from './outcome.js';

/** Revokes a key for good. A key that is revoked already keeps its first moment. What it holds may still settle. */
export function revokeKey(command: RevokeKey, books: AccountBooks, context: Context): Decision<KeyValue> {
  const known = books.keys.get(command.keyId);
  if (!known) return refuse('KEY_NOT_FOUND', 'the account has no key with this id', { field: 'key_id' });
  const key = known.revokedAt === null ? { ...known, revokedAt: context.now } : known;
  return { ok: true, value: keyValue(key), changes: { transfers: [], key } };
}
