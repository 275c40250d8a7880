import {
  appendCopy,
  type Corruption,
  hideRow,
  ofAccount,
  ofBucket,
  ofReleased,
  ofSettled,
  onBucket,
  onSettled,
  RELEASE_AS_END,
  RESERVE_ROW,
  SETTLE_ROW,
} from './corruption.js';

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
    break: onSettled(
      `UPDATE journal SET body = jsonb_set(body::jsonb, '{asked,usage,units}', '"3"') WHERE ${SETTLE_ROW}`,
    ),
    rules: ['replay', 'usage-records'],
    names: ofSettled,
  },
  {
    name: 'a row says that it was decided earlier',
    break: onSettled(`UPDATE journal SET now = now - interval '1 day' WHERE ${SETTLE_ROW}`),
    rules: ['moments', 'usage-records'],
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
    break: async (owner, victim) => {
      await owner.query(RELEASE_AS_END, [victim.accountId, victim.released]);
      await appendCopy(owner, victim, RESERVE_ROW, '$3::uuid', [victim.accountId, victim.settled, victim.released]);
    },
    rules: ['order-of-ends', 'replay'],
    names: ofReleased,
  },
  {
    name: 'the Release of an unknown id says that it ended a reservation',
    break: (owner, { accountId, released }) => owner.query(RELEASE_AS_END, [accountId, released]),
    rules: ['order-of-ends', 'replay'],
    names: ofReleased,
  },
  {
    name: 'an id is reserved that was released while it was unknown',
    break: (owner, victim) =>
      appendCopy(owner, victim, RESERVE_ROW, '$3::uuid', [victim.accountId, victim.settled, victim.released]),
    rules: ['journal-unique', 'replay'],
    names: ofReleased,
  },
  {
    name: 'an id is settled that was released while it was unknown',
    break: (owner, victim) =>
      appendCopy(owner, victim, SETTLE_ROW, '$3::uuid', [victim.accountId, victim.settled, victim.released]),
    rules: ['order-of-ends', 'replay', 'revenue'],
    names: ofReleased,
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
