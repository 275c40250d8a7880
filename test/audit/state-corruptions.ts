import { type Corruption, ofAccount, ofBucket, ofSettled, onAccount, onBucket, onSettled } from './corruption.js';

export const STATE: readonly Corruption[] = [
  {
    name: 'a reservation is gone',
    break: (owner, { accountId, held }) =>
      owner.query('DELETE FROM reservation WHERE account_id = $1 AND id = $2', [accountId, held]),
    rules: ['state-reservation', 'pocket-held'],
    names: ({ accountId, held }) => ({ account: accountId, reservation: held }),
  },
  {
    name: 'a reservation is open that nobody made',
    break: (owner, { accountId, expired, charged }) =>
      owner.query(
        `INSERT INTO reservation SELECT bucket, account_id, $3, status, expires_at, asset, hold, charged, body
         FROM reservation WHERE account_id = $1 AND id = $2`,
        [accountId, expired, charged],
      ),
    rules: ['reservation-open', 'state-reservation'],
    names: ({ accountId, charged }) => ({ account: accountId, reservation: charged }),
  },
  {
    name: 'a reservation is open that has ended',
    break: (owner, { accountId, expired, settled }) =>
      owner.query(
        `INSERT INTO reservation SELECT bucket, account_id, $3, status, expires_at, asset, hold, charged, body
         FROM reservation WHERE account_id = $1 AND id = $2`,
        [accountId, expired, settled],
      ),
    rules: ['reservation-open', 'state-reservation'],
    names: ({ accountId, settled }) => ({ account: accountId, reservation: settled }),
  },
  {
    name: 'a reservation holds other than its parts',
    break: (owner, { accountId, held }) =>
      owner.query('UPDATE reservation SET hold = hold + 1 WHERE account_id = $1 AND id = $2', [accountId, held]),
    rules: ['reservation-hold'],
    names: ({ accountId, held }) => ({ account: accountId, reservation: held }),
  },
  {
    name: 'a reservation expires later',
    break: (owner, { accountId, held }) =>
      owner.query(
        `UPDATE reservation SET expires_at = expires_at + interval '1 day' WHERE account_id = $1 AND id = $2`,
        [accountId, held],
      ),
    rules: ['state-reservation'],
    names: ({ accountId, held }) => ({ account: accountId, reservation: held }),
  },
  {
    name: 'a revoked key works again',
    break: (owner, { accountId, revokedKey }) =>
      owner.query('UPDATE key SET revoked_at = NULL WHERE account_id = $1 AND id = $2', [accountId, revokedKey]),
    rules: ['state-key'],
    names: ({ accountId, revokedKey }) => ({ account: accountId, key: revokedKey }),
  },
  {
    name: 'a key may use more models',
    break: (owner, { accountId, revokedKey }) =>
      owner.query(`UPDATE key SET models = models || '{dear}' WHERE account_id = $1 AND id = $2`, [
        accountId,
        revokedKey,
      ]),
    rules: ['state-key'],
    names: ({ accountId, revokedKey }) => ({ account: accountId, key: revokedKey }),
  },
  {
    name: 'a key is gone',
    break: (owner, { accountId, keyId }) =>
      owner.query('DELETE FROM key WHERE account_id = $1 AND id = $2', [accountId, keyId]),
    rules: ['state-key'],
    names: ({ accountId, keyId }) => ({ account: accountId, key: keyId }),
  },
  {
    name: 'the settings of an account were edited',
    break: onAccount(`UPDATE account SET settings = jsonb_set(settings::jsonb, '{ageVerified}', 'true') WHERE id = $1`),
    rules: ['state-account'],
    names: ofAccount,
  },
  {
    name: 'an account is gone',
    break: onAccount('DELETE FROM account WHERE id = $1'),
    rules: ['state-account'],
    names: ofAccount,
  },
  {
    name: 'a charge owes less',
    break: (owner, { accountId, charged }) =>
      owner.query('UPDATE charge SET uncollected = uncollected - 1 WHERE account_id = $1 AND id = $2', [
        accountId,
        charged,
      ]),
    rules: ['state-charge', 'shortfall'],
    names: ({ accountId, charged }) => ({ account: accountId, charge: charged }),
  },
  {
    name: 'a charge forgot its refund',
    break: (owner, { accountId, settled }) =>
      owner.query('DELETE FROM charge WHERE account_id = $1 AND id = $2', [accountId, settled]),
    rules: ['state-charge'],
    names: ({ accountId, settled }) => ({ account: accountId, charge: settled }),
  },
  {
    name: 'a reference may be funded again',
    break: onAccount(`DELETE FROM fund_reference WHERE account_id = $1 AND reference = 'late payment'`),
    rules: ['state-reference'],
    names: ({ accountId }) => ({ account: accountId, reference: 'late payment' }),
  },
  {
    name: 'a reference was claimed by another account',
    break: (owner, { stranger }) =>
      owner.query(`INSERT INTO reference_claim (reference, account_id) VALUES ('late payment', $1)`, [
        stranger.accountId,
      ]),
    rules: ['reference-claims'],
    names: ({ accountId }) => ({ account: accountId, reference: 'late payment' }),
  },
  {
    name: 'a secret leads to another account',
    break: (owner, { keyId, stranger }) =>
      owner.query(`INSERT INTO key_directory (hash, account_id, key_id) VALUES (sha256('secret'), $1, $2)`, [
        stranger.accountId,
        keyId,
      ]),
    rules: ['key-directory'],
    names: ({ accountId, keyId }) => ({ account: accountId, key: keyId }),
  },
  {
    name: 'a price version is gone',
    break: (owner) => owner.query('DELETE FROM price_version'),
    rules: ['prices'],
    names: ofAccount,
  },
  {
    name: 'a price version says other prices',
    break: (owner) =>
      owner.query(`UPDATE price_version SET content = jsonb_set(content, '{models,0,rates,0,price}', '"2"')`),
    rules: ['replay'],
    names: ofAccount,
  },
];

export const USAGE: readonly Corruption[] = [
  {
    name: 'a sum of usage is off',
    break: onAccount(`UPDATE usage_rollup SET billed = billed + 1 WHERE account_id = $1`),
    rules: ['usage-sums'],
    names: ofAccount,
  },
  {
    name: 'a quantity of usage is off',
    break: onAccount(`UPDATE usage_meter SET quantity = quantity + 1 WHERE account_id = $1`),
    rules: ['usage-sums'],
    names: (victim) => ({ ...ofAccount(victim), meter: 'units' }),
  },
  {
    name: 'a usage record is gone',
    break: onSettled(`DELETE FROM usage_record WHERE account_id = $1 AND command_id = $2 AND kind = 'settle'`),
    rules: ['usage-records', 'usage-sums'],
    names: ofSettled,
  },
  {
    name: 'a usage record says another tag',
    break: onSettled(
      `UPDATE usage_record SET tags = '{"team":"other"}' WHERE account_id = $1 AND command_id = $2 AND kind = 'settle'`,
    ),
    rules: ['usage-records'],
    names: ofSettled,
  },
  {
    name: 'the usage follower says that it has read more than there is',
    break: onBucket(`UPDATE follower_cursor SET position = position + 1000 WHERE bucket = $1 AND follower = 'usage'`),
    rules: ['usage-cursor'],
    names: ofBucket,
  },
];
