import type { Connection } from '../connection.js';
import type { Desk } from '../desk.js';
import { newId } from '../own-ids.js';
import type { Customer } from '../traffic.js';

const MODEL = 'claude-opus-4-5';
const ASKED = { input_tokens: '1200', output_tokens: '2000' };
const LONG_AGO_MS = Date.UTC(2020, 0, 1);

/** Whom the refusals are tried on. */
export interface Cast {
  readonly accountId: string;
  /** May use every model that is safe for work. */
  readonly anyModel: Customer;
  /** The reference of a payment that was booked. */
  readonly usedReference: string;
  /** Good for the scope `spend` alone. */
  readonly gateway: Connection;
  /** Sends a token that nobody minted. */
  readonly stranger: Connection;
}

/** Every refusal that needs no story of its own. None of them changes a figure of the books. */
export async function meetRefusals(desk: Desk, cast: Cast): Promise<void> {
  await whoCalls(desk, cast);
  await whatIsAsked(desk, cast);
  await whatIsNamed(desk, cast);
}

async function whoCalls(desk: Desk, { accountId, stranger, gateway }: Cast): Promise<void> {
  desk.refused(
    'service token that nobody minted',
    'AUTHENTICATION_FAILED',
    await stranger.call('AccountService', 'Get', { accountId }),
  );
  desk.refused(
    'service token without the scope',
    'PERMISSION_DENIED',
    await gateway.call('AuditService', 'TrialBalance', {}),
  );
  desk.refused(
    'key that nobody minted',
    'AUTHENTICATION_FAILED',
    await desk.tryReserve({ secret: 'nv_nobody' }, MODEL, ASKED),
    { field: 'key' },
  );

  const revoked = await desk.mint(accountId, 'lost laptop');
  await desk.connection.must('KeyService', 'Revoke', { id: newId(), accountId, keyId: revoked.keyId });
  desk.refused('key that was revoked', 'AUTHENTICATION_FAILED', await desk.tryReserve(revoked, MODEL, ASKED), {
    field: 'key',
  });
  const admin = await desk.mint(accountId, 'console', { scope: 'KEY_SCOPE_ADMIN' });
  desk.refused('admin key that wants to spend', 'PERMISSION_DENIED', await desk.tryReserve(admin, MODEL, ASKED));
}

async function whatIsAsked(desk: Desk, { accountId, anyModel }: Cast): Promise<void> {
  const limited = await desk.mint(accountId, 'one model', { models: [MODEL] });
  const model = { field: 'candidates[0].model' };
  desk.refused(
    'model that is not in the book',
    'INVALID_MODEL',
    await desk.tryReserve(anyModel, 'gpt-17', ASKED),
    model,
  );
  desk.refused(
    'model that the key may not use',
    'MODEL_NOT_ALLOWED',
    await desk.tryReserve(limited, 'claude-fable-5', ASKED),
    model,
  );
  desk.refused(
    'model without a listed price',
    'UNPRICED',
    await desk.tryReserve(anyModel, 'openai/whisper-large-v3', { seconds: '60' }),
  );
  desk.refused(
    'uncensored model, key of another tier',
    'CONTENT_TIER_FORBIDDEN',
    await desk.tryReserve(anyModel, 'veil-uncensored', ASKED),
    model,
  );
  const openEnded = await desk.tryReserve(anyModel, MODEL, { input_tokens: '1200' });
  desk.refused('text without a limit of output tokens', 'VALIDATION', openEnded, {
    field: 'candidates[0].quantities.output_tokens',
  });
  const negative = await desk.tryReserve(anyModel, MODEL, { ...ASKED, output_tokens: '-1' });
  desk.refused('quantity below zero', 'VALIDATION', negative, { field: 'candidates[0].quantities.output_tokens' });
  desk.refused(
    'time to live beyond 7 days',
    'VALIDATION',
    await desk.tryReserve(anyModel, MODEL, ASKED, { ttlMs: 604_800_001 }),
    { field: 'ttl_ms' },
  );
  desk.refused(
    'id from before the journal',
    'ID_TOO_OLD',
    await desk.tryReserve(anyModel, MODEL, ASKED, { id: newId(LONG_AGO_MS) }),
  );
}

async function whatIsNamed(desk: Desk, { accountId, anyModel, usedReference }: Cast): Promise<void> {
  const { connection } = desk;
  const nobody = newId();
  const usd = { asset: 'USD', amount: '1' };
  desk.refused(
    'settle of an unknown reservation',
    'RESERVATION_NOT_FOUND',
    await desk.trySettle(accountId, nobody, ASKED),
  );
  const refund = { id: newId(), chargeId: nobody, accountId, reason: 'unknown' };
  desk.refused(
    'refund of an unknown charge',
    'CHARGE_NOT_FOUND',
    await connection.call('SpendService', 'Refund', refund),
  );
  desk.refused(
    'unknown account',
    'ACCOUNT_NOT_FOUND',
    await connection.call('AccountService', 'Get', { accountId: nobody }),
  );
  const open = { id: newId(), accountId, settings: { name: 'the same again' } };
  desk.refused(
    'account that is there already',
    'ACCOUNT_EXISTS',
    await connection.call('AccountService', 'Open', open),
  );
  const revoke = { id: newId(), accountId, keyId: nobody };
  desk.refused('revocation of an unknown key', 'KEY_NOT_FOUND', await connection.call('KeyService', 'Revoke', revoke));
  const adjust = { id: newId(), accountId, ...usd, pocketId: nobody, reason: 'unknown' };
  desk.refused(
    'adjustment of an unknown pocket',
    'POCKET_NOT_FOUND',
    await connection.call('AccountService', 'Adjust', adjust),
  );
  const again = { id: newId(), accountId, ...usd, reference: usedReference };
  desk.refused(
    'payment that was booked already',
    'REFERENCE_TAKEN',
    await connection.call('AccountService', 'Fund', again),
  );
  const key = {
    id: newId(),
    key: anyModel.secret,
    keyId: anyModel.keyId,
    candidates: [{ model: MODEL, quantities: ASKED }],
  };
  desk.refused('key named twice', 'VALIDATION', await connection.call('SpendService', 'Reserve', key));
}
