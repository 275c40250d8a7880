import type { AccountBooks } from './books.js';
import type { UpdateKey } from './commands.js';
import type { Decision } from './decision.js';
import { keyValue } from './mint-key.js';
import { type KeyValue, refuse } from './outcome.js';

/** Changes what is given of a key that is not revoked. */
export function updateKey(command: UpdateKey, books: AccountBooks): Decision<KeyValue> {
  const known = books.keys.get(command.keyId);
  if (!known) return refuse('KEY_NOT_FOUND', 'the account has no key with this id', { field: 'key_id' });
  if (known.revokedAt !== null) return refuse('VALIDATION', 'expected a key that is not revoked', { field: 'key_id' });
  const key = { ...known, ...command.set };
  return { ok: true, value: keyValue(key), changes: { transfers: [], key } };
}
