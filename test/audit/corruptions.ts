import type pg from 'pg';
import type { Rule } from '../../src/audit/events.js';
import { PLATFORM } from '../../src/core/ledger/transfer.js';
import type { Victim } from './golden-books.js';

/** One way to break the books, what must be found, and where. */
export interface Corruption {
  readonly name: string;
  readonly break: (owner: pg.Client, victim: Victim) => Promise<unknown>;
  /** All rules that are then broken, and no other. */
  readonly rules: readonly Rule[];
  /** What at least one finding names. */
  readonly names: (victim: Victim) => Readonly<Record<string, string>>;
}

const ofAccount = ({ accountId }: Victim) => ({ account: accountId });
const ofBucket = ({ bucket }: Victim) => ({ bucket: String(bucket) });
const ofSettled = ({ accountId, settled }: Victim) => ({ account: accountId, command: settled });

/** A pocket of the victim's with free money: its paid one. */
const PAID = `account_id = $1 AND kind = 'paid'`;
/** The first transfer of the victim's settle. */
const SETTLE_TRANSFER = `account_id = $1 AND command_id = $2 AND kind = 'settle' AND line = 1`;
const SETTLE_ROW = `account_id = $1 AND command_id = $2 AND slot = 'end'`;

const onAccount =
  (sql: string) =>
  (owner: pg.Client, { accountId }: Victim) =>
    owner.query(sql, [accountId]);
const onSettled =
  (sql: string) =>
  (owner: pg.Client, { accountId, settled }: Victim) =>
    owner.query(sql, [accountId, settled]);
const onBucket =
  (sql: string) =>
  (owner: pg.Client, { bucket }: Victim) =>
    owner.query(sql, [bucket]);

/** The partitions repeat their parent's constraints; what is dropped of one is dropped of all. */
async function dropConstraints(owner: pg.Client, table: string): Promise<void> {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT conname AS name FROM pg_constraint WHERE conrelid = $1::regclass AND contype IN ('c', 'u', 'p') AND conname NOT LIKE '%not_null'`,
    [table],
  );
  for (const { name } of rows) await owner.query(`ALTER TABLE ${table} DROP CONSTRAINT "${name}"`);
}

async function withoutConstraints(owner: pg.Client, table: string, sql: string, values: unknown[]): Promise<void> {
  await dropConstraints(owner, table);
  await owner.query(sql, values);
}

/** Takes a row out of a log and moves all later ones up, as one would who wants to hide it. */
async function hideRow(owner: pg.Client, { accountId, bucket }: Victim, type: string): Promise<void> {
  const { rows } = await owner.query<{ position: string }>(
    'DELETE FROM journal WHERE account_id = $1 AND type = $2 RETURNING position',
    [accountId, type],
  );
  const values = [bucket, rows[0]?.position];
  await dropConstraints(owner, 'usage_record');
  for (const table of ['journal', 'transfer', 'usage_record']) {
    await owner.query(`UPDATE ${table} SET position = position - 1 WHERE bucket = $1 AND position > $2`, values);
  }
  await owner.query('UPDATE bucket SET position = position - 1 WHERE bucket = $1', [bucket]);
  await owner.query(`UPDATE follower_cursor SET position = position - 1 WHERE bucket = $1`, [bucket]);
}

/** Appends a copy of a row to the victim's log. */
async function appendCopy(
  owner: pg.Client,
  { bucket }: Victim,
  where: string,
  commandId: string,
  values: unknown[],
): Promise<void> {
  await dropConstraints(owner, 'journal');
  await owner.query(`UPDATE bucket SET position = position + 1 WHERE bucket = ${bucket}`);
  await owner.query(
    `INSERT INTO journal SELECT j.bucket, b.position, account_id, ${commandId}, slot, type, b.now, body
     FROM journal j JOIN bucket b USING (bucket) WHERE ${where}`,
    values,
  );
}

export const POCKETS_AND_TRANSFERS: readonly Corruption[] = [
  {
    name: 'a pocket has one unit more',
    break: onAccount(`UPDATE pocket SET balance = balance + 1 WHERE ${PAID}`),
    rules: ['pocket-balance', 'state-pocket'],
    names: ofAccount,
  },
  {
    name: 'a pocket holds one unit more',
    break: onAccount(`UPDATE pocket SET held = held + 1 WHERE ${PAID}`),
    rules: ['pocket-held', 'state-pocket'],
    names: ofAccount,
  },
  {
    name: 'a paid pocket is below zero',
    break: (owner, { accountId }) =>
      withoutConstraints(owner, 'pocket', `UPDATE pocket SET balance = -1 WHERE ${PAID}`, [accountId]),
    rules: ['pocket-balance', 'pocket-limits', 'state-pocket'],
    names: ofAccount,
  },
  {
    name: 'a pocket burns earlier',
    break: onAccount(`UPDATE pocket SET priority = priority - 1 WHERE account_id = $1 AND kind = 'grant'`),
    rules: ['state-pocket'],
    names: ofAccount,
  },
  {
    name: 'a pocket is gone',
    break: onAccount(`DELETE FROM pocket WHERE account_id = $1 AND kind = 'grant'`),
    rules: ['state-pocket', 'transfer-accounts'],
    names: ofAccount,
  },
  {
    name: 'a transfer moves more',
    break: onSettled(`UPDATE transfer SET amount = amount + 1 WHERE ${SETTLE_TRANSFER}`),
    rules: ['pocket-balance', 'revenue', 'replay'],
    names: ofSettled,
  },
  {
    name: 'a transfer moves nothing',
    break: (owner, { accountId, settled }) =>
      withoutConstraints(owner, 'transfer', `UPDATE transfer SET amount = 0 WHERE ${SETTLE_TRANSFER}`, [
        accountId,
        settled,
      ]),
    rules: ['transfer-shape', 'pocket-balance', 'revenue', 'replay'],
    names: ofSettled,
  },
  {
    name: 'a transfer is gone',
    break: onSettled(`DELETE FROM transfer WHERE ${SETTLE_TRANSFER}`),
    rules: ['transfer-shape', 'pocket-balance', 'revenue', 'replay'],
    names: ofSettled,
  },
  {
    name: 'a transfer is there twice',
    break: onSettled(`INSERT INTO transfer SELECT * FROM transfer WHERE ${SETTLE_TRANSFER}`),
    rules: ['transfer-shape', 'pocket-balance', 'revenue', 'replay'],
    names: ofSettled,
  },
  {
    name: 'a transfer takes from a pocket of another account',
    break: (owner, { accountId, settled, stranger }) =>
      owner.query(
        `UPDATE transfer SET debit = (SELECT id FROM pocket WHERE account_id = $3 AND kind = 'paid') WHERE ${SETTLE_TRANSFER}`,
        [accountId, settled, stranger.accountId],
      ),
    rules: ['transfer-accounts', 'pocket-balance', 'replay'],
    names: ofSettled,
  },
  {
    name: 'a transfer pays custody instead of revenue',
    break: onSettled(`UPDATE transfer SET credit = '${PLATFORM.custody}' WHERE ${SETTLE_TRANSFER}`),
    rules: ['transfer-accounts', 'revenue', 'replay'],
    names: ofSettled,
  },
  {
    name: 'a transfer is in another asset',
    break: onSettled(`UPDATE transfer SET asset = 'CREDIT' WHERE ${SETTLE_TRANSFER}`),
    rules: ['transfer-accounts', 'revenue', 'replay'],
    names: ofSettled,
  },
  {
    name: 'a transfer is booked for another account',
    break: (owner, { accountId, settled, stranger }) =>
      owner.query(`UPDATE transfer SET account_id = $3 WHERE ${SETTLE_TRANSFER}`, [
        accountId,
        settled,
        stranger.accountId,
      ]),
    rules: ['transfer-row', 'transfer-accounts', 'revenue'],
    names: ({ stranger, settled }) => ({ account: stranger.accountId, command: settled }),
  },
  {
    name: 'a transfer stands beyond the end of the log',
    break: onSettled(
      `INSERT INTO transfer SELECT bucket, 1000000, line, account_id, command_id, kind, debit, credit, asset, amount FROM transfer WHERE ${SETTLE_TRANSFER}`,
    ),
    rules: ['transfer-row', 'pocket-balance', 'revenue'],
    names: ofSettled,
  },
];

export const JOURNAL: readonly Corruption[] = [
  {
    name: 'a row of the journal is gone',
    break: onSettled(`DELETE FROM journal WHERE ${SETTLE_ROW}`),
    rules: ['positions', 'transfer-row', 'revenue', 'replay', 'usage-records'],
    names: ofAccount,
  },
  {
    name: 'the last row of a log is gone',
    break: onBucket(
      'DELETE FROM journal j USING bucket b WHERE b.bucket = $1 AND j.bucket = b.bucket AND j.position = b.position',
    ),
    rules: ['positions', 'transfer-row', 'state-pocket'],
    names: ofBucket,
  },
  {
    name: 'an outcome says another amount',
    break: onSettled(`UPDATE journal SET body = jsonb_set(body::jsonb, '{value,amount}', '"3"') WHERE ${SETTLE_ROW}`),
    rules: ['replay', 'revenue', 'usage-records'],
    names: ofSettled,
  },
  {
    name: 'a row says that other usage was reported',
    break: onSettled(`UPDATE journal SET body = jsonb_set(body::jsonb, '{asked,usage,units}', '"3"') WHERE ${SETTLE_ROW}`),
    rules: ['replay'],
    names: ofSettled,
  },
  {
    name: 'a row says that it was decided earlier',
    break: onSettled(`UPDATE journal SET now = now - interval '1 day' WHERE ${SETTLE_ROW}`),
    rules: ['moments', 'replay', 'usage-records'],
    names: ofSettled,
  },
  {
    name: 'a row was decided by rules that nobody knows',
    break: onSettled(`UPDATE journal SET body = jsonb_set(body::jsonb, '{rules}', '99') WHERE ${SETTLE_ROW}`),
    rules: ['rules'],
    names: ofSettled,
  },
  {
    name: 'a log has a hole before its last row',
    break: onBucket(
      'UPDATE journal j SET position = j.position + 1 FROM bucket b WHERE b.bucket = $1 AND j.bucket = b.bucket AND j.position = b.position',
    ),
    rules: ['positions', 'transfer-row', 'replay'],
    names: ofBucket,
  },
  {
    name: 'a bucket says that its log is longer',
    break: onBucket('UPDATE bucket SET position = position + 1 WHERE bucket = $1'),
    rules: ['positions'],
    names: ofBucket,
  },
  {
    name: 'a bucket forgot its last moment',
    break: onBucket(`UPDATE bucket SET now = 'epoch' WHERE bucket = $1`),
    rules: ['moments'],
    names: ofBucket,
  },
  {
    name: 'a bucket is gone',
    break: (owner) => owner.query('DELETE FROM bucket WHERE bucket = 1'),
    rules: ['buckets'],
    names: () => ({ table: 'journal', bucket: '1' }),
  },
  {
    name: 'there is a bucket more',
    break: (owner) => owner.query('INSERT INTO bucket (bucket) VALUES (2), (3), (4)'),
    rules: ['buckets'],
    names: () => ({}),
  },
  {
    name: 'a reservation has two ends',
    break: (owner, victim) => appendCopy(owner, victim, SETTLE_ROW, 'command_id', [victim.accountId, victim.settled]),
    rules: ['journal-unique', 'replay', 'revenue'],
    names: ofSettled,
  },
  {
    name: 'a reservation begins after its end',
    break: (owner, victim) =>
      appendCopy(owner, victim, `account_id = $1 AND command_id = $2 AND slot = 'cmd'`, '$3::uuid', [
        victim.accountId,
        victim.settled,
        victim.released,
      ]),
    rules: ['order-of-ends', 'replay'],
    names: ({ accountId, released }) => ({ account: accountId, command: released }),
  },
  {
    name: 'an expiry was hidden',
    break: (owner, victim) => hideRow(owner, victim, 'ExpireHold'),
    rules: ['due'],
    names: ofAccount,
  },
  {
    name: 'an id is in a partition that does not bound it',
    break: async (owner, { accountId }) => {
      await owner.query('CREATE TABLE journal_default PARTITION OF journal DEFAULT');
      await owner.query(
        `UPDATE journal SET command_id = '00e00000-0000-7000-8000-000000000000' WHERE account_id = $1 AND type = 'RevokeKey'`,
        [accountId],
      );
    },
    rules: ['partitions'],
    names: ofAccount,
  },
];

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
    break: onAccount(`UPDATE account SET settings = jsonb_set(settings, '{ageVerified}', 'true') WHERE id = $1`),
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
