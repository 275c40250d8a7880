import { MADE_BY, MADE_COLUMNS } from './rows.js';
import type { Statement } from './statement.js';

/*
 * What a batch reads. Every statement is filtered by `bucket = any($1)`, so that a distributed database can route it,
 * and takes its ids as rows: two `any` over two arrays would probe the index for every pair of them.
 *
 * `LATERAL ( … OFFSET 0)` leaves the planner one plan: a look-up in the index for each id. Left to choose, and with
 * statistics from when a table was nearly empty, it reads all rows of the buckets and compares each with each id.
 */

/** Locks the batch's buckets in their order. A statement of its own: one that locks and reads sees old state. */
export const LOCK_BUCKETS: Statement = {
  name: 'lock-buckets',
  text: `SELECT bucket, position, head, (extract(epoch FROM now) * 1000)::bigint AS now
         FROM bucket WHERE bucket = any($1::int[]) ORDER BY bucket FOR UPDATE`,
};

/** The ends of the buckets' logs, unlocked: sent before the reads that must not be older. */
export const READ_LOGS: Statement = {
  name: 'read-logs',
  text: `SELECT bucket, position, head, (extract(epoch FROM now) * 1000)::bigint AS now
         FROM bucket WHERE bucket = any($1::int[])`,
};

export const ACCOUNTS: Statement = {
  name: 'load-accounts',
  text: `SELECT a.id, a.settings, (extract(epoch FROM a.opened_at) * 1000)::bigint AS opened_at
         FROM unnest($2::int[], $3::uuid[]) AS w(bucket, id)
         CROSS JOIN LATERAL (
           SELECT * FROM account a
           WHERE a.bucket = w.bucket AND a.id = w.id
           OFFSET 0) AS a
         WHERE a.bucket = any($1::int[])`,
};

export const POCKETS: Statement = {
  name: 'load-pockets',
  text: `SELECT p.ctid AS place, p.account_id, p.id, p.asset, p.kind, p.balance, p.held, p.credit_limit, p.priority,
                (extract(epoch FROM p.expires_at) * 1000)::bigint AS expires_at,
                (extract(epoch FROM p.opened_at) * 1000)::bigint AS opened_at
         FROM unnest($2::int[], $3::uuid[]) AS w(bucket, id)
         CROSS JOIN LATERAL (
           SELECT p.ctid, p.* FROM pocket p
           WHERE p.bucket = w.bucket AND p.account_id = w.id AND NOT p.closed
           OFFSET 0) AS p
         WHERE p.bucket = any($1::int[])`,
};

const KEY_COLUMNS = `k.account_id, k.id, k.label, k.scope, k.tier, k.models,
                (extract(epoch FROM k.expires_at) * 1000)::bigint AS expires_at,
                (extract(epoch FROM k.revoked_at) * 1000)::bigint AS revoked_at,
                (extract(epoch FROM k.minted_at) * 1000)::bigint AS minted_at`;

export const KEYS: Statement = {
  name: 'load-keys',
  text: `SELECT ${KEY_COLUMNS}
         FROM unnest($2::int[], $3::uuid[], $4::uuid[]) AS w(bucket, account_id, id)
         CROSS JOIN LATERAL (
           SELECT * FROM key k
           WHERE k.bucket = w.bucket AND k.account_id = w.account_id AND k.id = w.id
           OFFSET 0) AS k
         WHERE k.bucket = any($1::int[])`,
};

export const KEYS_OF_RESERVATIONS: Statement = {
  name: 'load-keys-of-reservations',
  text: `SELECT ${KEY_COLUMNS}
         FROM unnest($2::int[], $3::uuid[], $4::uuid[]) AS w(bucket, account_id, id)
         CROSS JOIN LATERAL (
           SELECT * FROM reservation r
           WHERE r.bucket = w.bucket AND r.account_id = w.account_id AND r.id = w.id
           OFFSET 0) AS r
         ${MADE_BY}
         CROSS JOIN LATERAL (
           SELECT * FROM key k
           WHERE k.bucket = w.bucket AND k.account_id = w.account_id
             AND k.id = coalesce(r.body ->> 'keyId', m.body -> 'asked' ->> 'keyId')::uuid
           OFFSET 0) AS k
         WHERE r.bucket = any($1::int[]) AND k.bucket = any($1::int[])`,
};

/** A charge of the reservation `r`, where an interim settle may have left one. */
const CHARGE_OF = `LEFT JOIN LATERAL (
           SELECT * FROM charge c
           WHERE r.charged > 0 AND c.bucket = r.bucket AND c.account_id = r.account_id AND c.id = r.id
           OFFSET 0) AS c ON c.bucket = any($1::int[])`;

const RESERVATION_COLUMNS = `r.account_id, r.id, r.status, r.asset, r.charged, r.body, ${MADE_COLUMNS},
                (extract(epoch FROM r.expires_at) * 1000)::bigint AS expires_at,
                c.id AS charge_id, c.uncollected AS charge_uncollected, c.refunded AS charge_refunded, c.body AS charge_body,
                (extract(epoch FROM c.opened_at) * 1000)::bigint AS charge_opened_at`;

/** The reservations that are named, each with its charge. */
export const RESERVATIONS: Statement = {
  name: 'load-reservations',
  text: `SELECT ${RESERVATION_COLUMNS}
         FROM unnest($2::int[], $3::uuid[], $4::uuid[]) AS w(bucket, account_id, id)
         CROSS JOIN LATERAL (
           SELECT * FROM reservation r
           WHERE r.bucket = w.bucket AND r.account_id = w.account_id AND r.id = w.id
           OFFSET 0) AS r
         ${MADE_BY}
         ${CHARGE_OF}
         WHERE r.bucket = any($1::int[])`,
};

/** How many holds of a bucket are read ahead of their time, but for more that expire at the same moment as the last. */
export const DUES_MAX = 2_000;

/**
 * The holds of the buckets whose time is over or will be soon, soonest first: by the later of the estimated clock and
 * the bucket's last moment, which is the moment by which a batch is decided. They are found in the order of the index
 * on expiry: from an account's side it would be a walk over all its open holds. The walk begins where none was held any
 * more when it was last walked, since settled holds leave entries in the index until the table is vacuumed. A bucket
 * whose moment lies before that place has been set back, and is walked from its beginning.
 */
export const DUES: Statement = {
  name: 'load-dues',
  text: `SELECT r.bucket, ${RESERVATION_COLUMNS}
         FROM unnest($2::int[], $3::double precision[]) AS w(bucket, since)
         CROSS JOIN LATERAL (
           SELECT CASE WHEN b.now >= to_timestamp(w.since / 1000) THEN to_timestamp(w.since / 1000) ELSE '-infinity' END AS since,
                  greatest(b.now, to_timestamp($4::double precision / 1000)) + $5::int * interval '1 millisecond' AS until
           FROM bucket b WHERE b.bucket = w.bucket
           OFFSET 0) AS b
         CROSS JOIN LATERAL (
           SELECT * FROM reservation r
           WHERE r.bucket = w.bucket AND r.status = 'HELD' AND r.expires_at >= b.since AND r.expires_at <= b.until
           ORDER BY r.expires_at
           FETCH FIRST ${DUES_MAX} ROWS WITH TIES) AS r
         ${MADE_BY}
         ${CHARGE_OF}
         WHERE r.bucket = any($1::int[])
         ORDER BY r.bucket, r.expires_at`,
};

/**
 * Rows of the journal under the ids of the batch, from the slot on that matters: `cmd` comes before `end`, and a settle
 * has no use for the Reserve that it ends, but for the Release that came before any. The order is that of the unique index, whose plan it thus is. The bounds let
 * the planner leave out the partitions they are not in.
 */
export const RECORDED: Statement = {
  name: 'load-recorded',
  text: `SELECT j.account_id, j.command_id, j.slot, j.type, j.body,
                (extract(epoch FROM j.now) * 1000)::bigint AS now
         FROM unnest($2::int[], $3::uuid[], $4::uuid[], $5::text[]) AS w(bucket, account_id, id, slot)
         CROSS JOIN LATERAL (
           SELECT * FROM journal j
           WHERE j.bucket = w.bucket AND j.account_id = w.account_id AND j.command_id = w.id
             AND (j.slot >= w.slot OR j.type = 'Release') AND j.command_id BETWEEN $6::uuid AND $7::uuid
           ORDER BY j.slot
           OFFSET 0) AS j
         WHERE j.bucket = any($1::int[])`,
};

const CHARGE_COLUMNS = `c.account_id, c.id, c.asset, c.uncollected, c.refunded, c.body,
                (extract(epoch FROM c.opened_at) * 1000)::bigint AS opened_at`;

export const CHARGES: Statement = {
  name: 'load-charges',
  text: `SELECT ${CHARGE_COLUMNS}
         FROM unnest($2::int[], $3::uuid[], $4::uuid[]) AS w(bucket, account_id, id)
         CROSS JOIN LATERAL (
           SELECT * FROM charge c
           WHERE c.bucket = w.bucket AND c.account_id = w.account_id AND c.id = w.id
           OFFSET 0) AS c
         WHERE c.bucket = any($1::int[])`,
};

export const SHORTFALLS: Statement = {
  name: 'load-shortfalls',
  text: `SELECT ${CHARGE_COLUMNS}
         FROM unnest($2::int[], $3::uuid[]) AS w(bucket, id)
         CROSS JOIN LATERAL (
           SELECT * FROM charge c
           WHERE c.bucket = w.bucket AND c.account_id = w.id AND c.uncollected > 0
           OFFSET 0) AS c
         WHERE c.bucket = any($1::int[])`,
};

export const REFERENCES: Statement = {
  name: 'load-references',
  text: `SELECT f.account_id, f.reference, f.command_id
         FROM unnest($2::int[], $3::uuid[], $4::text[]) AS w(bucket, account_id, reference)
         CROSS JOIN LATERAL (
           SELECT * FROM fund_reference f
           WHERE f.bucket = w.bucket AND f.account_id = w.account_id AND f.reference = w.reference
           OFFSET 0) AS f
         WHERE f.bucket = any($1::int[])`,
};

/** Of the service tokens that sent the batch, those that are revoked. */
export const REVOKED_TOKENS: Statement = {
  name: 'load-revoked-tokens',
  text: `SELECT id FROM service_token WHERE id = any($1::uuid[]) AND revoked_at IS NOT NULL`,
};
