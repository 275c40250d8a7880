import { PLATFORM } from '../../src/core/ledger/transfer.js';
import {
  type Corruption,
  ofAccount,
  ofSettled,
  onAccount,
  onSettled,
  PAID,
  SETTLE_TRANSFER,
  withoutConstraints,
} from './corruption.js';

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
