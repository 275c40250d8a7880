import type { KeyValue } from '../../core/ledger/outcome.js';
import { readText } from '../fields.js';
import { invalid } from '../refused.js';
import type { ModelAccess } from './dto/key.dto.js';
import { CONTENT_TIER, KEY_SCOPE, wireName } from './enums.js';

const MODELS_MAX = 500;

/** A key as the message Key. */
export function keyMessage(key: Omit<KeyValue, 'type' | 'keyId'>, id: string, accountId: string): object {
  const { label, scope, tier, models, expiresAt, revokedAt } = key;
  return {
    id,
    accountId,
    label,
    scope: wireName(KEY_SCOPE, scope),
    tier: wireName(CONTENT_TIER, tier),
    models: models === null ? { all: true } : { only: models },
    ...(expiresAt !== null && { expiresAtMs: expiresAt }),
    ...(revokedAt !== null && { revokedAtMs: revokedAt }),
  };
}

/** Which models a key may use: null for all. */
export function readModels({ all = false, only = [] }: ModelAccess): string[] | null {
  if (all === only.length > 0) throw invalid('models', 'either all, or at least one of only');
  if (only.length > MODELS_MAX) throw invalid('models.only', `at most ${MODELS_MAX} models`);
  return all ? null : only.map((model, index) => readText(model, `models.only[${index}]`));
}
