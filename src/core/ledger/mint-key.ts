import type { AccountBooks, Key } from './books.js';
import type { MintKey } from './commands.js';
import type { Context } from './context.js';
import type { Decision } from './decision.js';
import { ownId } from './ids.js';
import { type KeyValue, refuse } from './outcome.js';

/** Mints a key; its id follows from the command's (`ownId`). The secret is made, shown once and hashed at the edge, and never comes here. */
export function mintKey(command: MintKey, books: AccountBooks, context: Context): Decision<KeyValue> {
  if (!books.account) return refuse('ACCOUNT_NOT_FOUND', 'no account has this id', { field: 'account_id' });
  if (books.account.settings.status === 'CLOSED') return refuse('ACCOUNT_CLOSED', 'the account is closed');
  if (command.expiresAt !== null && command.expiresAt <= context.now) {
    return refuse('VALIDATION', 'expected a moment in the future', { field: 'expires_at_ms' });
  }
  const { label, scope, tier, models, expiresAt } = command;
  const key: Key = {
    id: ownId(command, 'key'),
    label,
    scope,
    tier,
    models,
    expiresAt,
    revokedAt: null,
    mintedAt: context.now,
  };
  return { ok: true, value: keyValue(key), changes: { transfers: [], key } };
}

/** A key as it is answered. */
export function keyValue(key: Key): KeyValue {
  const { id, label, scope, tier, models, expiresAt, revokedAt } = key;
  return { type: 'key', keyId: id, label, scope, tier, models, expiresAt, revokedAt };
}
