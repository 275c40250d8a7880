import type { Statement } from './statement.js';

/*
 * What a batch reads. Every statement is filtered by `bucket = any($1)`, so that a distributed database can route it,
 * and joins its ids as rows: two `any` over two arrays would probe the index for every pair of them.
 */

/** Locks the batch's buckets in their order. A statement of its own: one that locks and reads sees old state. */
export const LOCK_BUCKETS: Statement = {
  name: 'lock-buckets',
  text: `SELECT bucket, position, head, (extract(epoch FROM now) * 1000)::bigint AS now
         FROM bucket WHERE bucket = any($1::int[]) ORDER BY bucket FOR UPDATE`,
};

export const ACCOUNTS: Statement = {
  name: 'load-accounts',
  text: `SELECT a.id, a.settings, (extract(epoch FROM a.opened_at) * 1000)::bigint AS opened_at
         FROM unnest($2::int[], $3::uuid[]) AS w(bucket, id)
         JOIN account a ON a.bucket = w.bucket AND a.id = w.id
         WHERE a.bucket = any($1::int[])`,
};

export const POCKETS: Statement = {
  name: 'load-pockets',
  text: `SELECT p.account_id, p.id, p.asset, p.kind, p.balance, p.held, p.credit_limit, p.priority,
                (extract(epoch FROM p.expires_at) * 1000)::bigint AS expires_at,
                (extract(epoch FROM p.opened_at) * 1000)::bigint AS opened_at
         FROM unnest($2::int[], $3::uuid[]) AS w(bucket, id)
         JOIN pocket p ON p.bucket = w.bucket AND p.account_id = w.id
         WHERE p.bucket = any($1::int[]) AND NOT p.closed`,
};

const KEY_COLUMNS = `k.account_id, k.id, k.label, k.scope, k.tier, k.models,
                (extract(epoch FROM k.expires_at) * 1000)::bigint AS expires_at,
                (extract(epoch FROM k.revoked_at) * 1000)::bigint AS revoked_at,
                (extract(epoch FROM k.minted_at) * 1000)::bigint AS minted_at`;

export const KEYS: Statement = {
  name: 'load-keys',
  text: `SELECT ${KEY_COLUMNS}
         FROM unnest($2::int[], $3::uuid[], $4::uuid[]) AS w(bucket, account_id, id)
         JOIN key k ON k.bucket = w.bucket AND k.account_id = w.account_id AND k.id = w.id
         WHERE k.bucket = any($1::int[])`,
};

export const KEYS_OF_RESERVATIONS: Statement = {
  name: 'load-keys-of-reservations',
  text: `SELECT ${KEY_COLUMNS}
         FROM unnest($2::int[], $3::uuid[], $4::uuid[]) AS w(bucket, account_id, id)
         JOIN reservation r ON r.bucket = w.bucket AND r.account_id = w.account_id AND r.id = w.id
         JOIN key k ON k.bucket = r.bucket AND k.account_id = r.account_id AND k.id = (r.body ->> 'keyId')::uuid
         WHERE r.bucket = any($1::int[])`,
};

/** The reservations that are named, each with its charge where an interim settle may have left one. */
export const RESERVATIONS: Statement = {
  name: 'load-reservations',
  text: `SELECT r.account_id, r.id, r.status, r.asset, r.charged, r.body,
                (extract(epoch FROM r.expires_at) * 1000)::bigint AS expires_at,
                c.id AS charge_id, c.uncollected AS charge_uncollected, c.refunded AS charge_refunded, c.body AS charge_body,
                (extract(epoch FROM c.opened_at) * 1000)::bigint AS charge_opened_at
         FROM unnest($2::int[], $3::uuid[], $4::uuid[]) AS w(bucket, account_id, id)
         JOIN reservation r ON r.bucket = w.bucket AND r.account_id = w.account_id AND r.id = w.id
         LEFT JOIN charge c ON r.charged > 0 AND c.bucket = r.bucket AND c.account_id = r.account_id AND c.id = r.id
         WHERE r.bucket = any($1::int[])`,
};

/**
 * The holds of the batch's accounts whose time is over, by the later of the estimated clock and the bucket's last
 * moment: the moment by which the batch is decided. \`OFFSET 0\` makes the planner find what is overdue in the bucket
 * first; from an account's side it would walk all its open holds.
 */
export const OVERDUE: Statement = {
  name: 'load-overdue',
  text: `SELECT d.* FROM (
           SELECT r.account_id, r.id, r.status, r.asset, r.charged, r.body,
                  (extract(epoch FROM r.expires_at) * 1000)::bigint AS expires_at
           FROM bucket b
           JOIN reservation r ON r.bucket = b.bucket AND r.status = 'HELD'
                             AND r.expires_at <= greatest(b.now, to_timestamp($2::double precision / 1000))
           WHERE b.bucket = any($1::int[])
           OFFSET 0
         ) d WHERE d.account_id = any($3::uuid[])`,
};

/** Rows of the journal under the ids of the batch. The bounds let the planner leave out the partitions they are not in. */
export const RECORDED: Statement = {
  name: 'load-recorded',
  text: `SELECT j.account_id, j.command_id, j.slot, j.type, j.body
         FROM unnest($2::int[], $3::uuid[], $4::uuid[]) AS w(bucket, account_id, id)
         JOIN journal j ON j.bucket = w.bucket AND j.account_id = w.account_id AND j.command_id = w.id
         WHERE j.bucket = any($1::int[]) AND j.command_id BETWEEN $5::uuid AND $6::uuid`,
};

const CHARGE_COLUMNS = `c.account_id, c.id, c.asset, c.uncollected, c.refunded, c.body,
                (extract(epoch FROM c.opened_at) * 1000)::bigint AS opened_at`;

export const CHARGES: Statement = {
  name: 'load-charges',
  text: `SELECT ${CHARGE_COLUMNS}
         FROM unnest($2::int[], $3::uuid[], $4::uuid[]) AS w(bucket, account_id, id)
         JOIN charge c ON c.bucket = w.bucket AND c.account_id = w.account_id AND c.id = w.id
         WHERE c.bucket = any($1::int[])`,
};

export const SHORTFALLS: Statement = {
  name: 'load-shortfalls',
  text: `SELECT ${CHARGE_COLUMNS}
         FROM unnest($2::int[], $3::uuid[]) AS w(bucket, id)
         JOIN charge c ON c.bucket = w.bucket AND c.account_id = w.id AND c.uncollected > 0
         WHERE c.bucket = any($1::int[])`,
};

export const REFERENCES: Statement = {
  name: 'load-references',
  text: `SELECT f.account_id, f.reference, f.command_id
         FROM unnest($2::int[], $3::uuid[], $4::text[]) AS w(bucket, account_id, reference)
         JOIN fund_reference f ON f.bucket = w.bucket AND f.account_id = w.account_id AND f.reference = w.reference
         WHERE f.bucket = any($1::int[])`,
};

/** Of the service tokens that sent the batch, those that are revoked. */
export const REVOKED_TOKENS: Statement = {
  name: 'load-revoked-tokens',
  text: `SELECT id FROM service_token WHERE id = any($1::uuid[]) AND revoked_at IS NOT NULL`,
};
