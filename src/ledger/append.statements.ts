import type { Statement } from './statement.js';

/*
 * What a batch writes, each kind of row by one statement. Rows come as arrays, sorted by bucket, with one entry for
 * each row: of two entries for one row, an update from `unnest` would apply only one.
 *
 * Updates and deletes find their rows as the reads of a batch do, by a look-up in the index for each of them, and then
 * go to where they found them (`ctid`): the fence before them holds the buckets, so nobody moves them in between. The
 * bounds of `n.bucket` and `n.line` leave nothing out: they make the planner expect few rows, for which it takes that
 * plan whatever its statistics say, and not one that reads all rows of the buckets.
 */

/**
 * The fence: advances the buckets from the position and head that were expected. If any of them is not there any more
 * the division by zero (22012) fails the transaction before it can commit.
 */
export const ADVANCE: Statement = {
  name: 'advance-buckets',
  text: `WITH u AS (
           UPDATE bucket b SET position = n.position, head = n.head, now = to_timestamp(n.now / 1000)
           FROM unnest($2::int[], $3::bigint[], $4::uuid[], $5::bigint[], $6::uuid[], $7::double precision[])
             AS n(bucket, expected_position, expected_head, position, head, now)
           WHERE b.bucket = n.bucket AND b.bucket = any($1::int[]) AND n.bucket BETWEEN 0 AND 2147483647
             AND b.position = n.expected_position AND b.head = n.expected_head
           RETURNING 1)
         SELECT 1 / (count(*) = cardinality($2::int[]))::int FROM u`,
};

/** The same check for buckets whose commands were all refused: nobody is refused on stale money. */
export const CHECK: Statement = {
  name: 'check-buckets',
  text: `SELECT 1 / (count(*) = cardinality($2::int[]))::int
         FROM unnest($2::int[], $3::bigint[], $4::uuid[]) AS n(bucket, position, head)
         JOIN bucket b ON b.bucket = n.bucket AND b.position = n.position AND b.head = n.head
         WHERE b.bucket = any($1::int[])`,
};

/** Fails the transaction (22012) if one of the service tokens is revoked. */
export const LIVE_TOKENS: Statement = {
  name: 'check-tokens',
  text: `SELECT 1 / (count(*) = 0)::int FROM service_token WHERE id = any($1::uuid[]) AND revoked_at IS NOT NULL`,
};

/** Which of the ids, counted from 1, the journal has: sent for what was refused without a look at it. */
export const USED_IDS: Statement = {
  name: 'find-used-ids',
  text: `SELECT DISTINCT w.place::int AS place
         FROM unnest($2::int[], $3::uuid[], $4::uuid[], $5::text[]) WITH ORDINALITY AS w(bucket, account_id, id, slot, place)
         CROSS JOIN LATERAL (
           SELECT j.bucket FROM journal j
           WHERE j.bucket = w.bucket AND j.account_id = w.account_id AND j.command_id = w.id AND j.slot = w.slot
           OFFSET 0) AS j
         WHERE j.bucket = any($1::int[])`,
};

export const JOURNAL: Statement = {
  name: 'append-journal',
  text: `INSERT INTO journal (bucket, position, account_id, command_id, slot, type, now, body)
         SELECT bucket, position, account_id, command_id, slot, type, to_timestamp(now / 1000), body
         FROM unnest($1::int[], $2::bigint[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::double precision[], $8::json[])
           AS n(bucket, position, account_id, command_id, slot, type, now, body)`,
};

export const TRANSFERS: Statement = {
  name: 'append-transfers',
  text: `INSERT INTO transfer (bucket, position, line, account_id, command_id, kind, debit, credit, asset, amount)
         SELECT * FROM unnest($1::int[], $2::bigint[], $3::smallint[], $4::uuid[], $5::uuid[], $6::text[], $7::uuid[], $8::uuid[], $9::text[], $10::numeric[])`,
};

export const INSERT_POCKETS: Statement = {
  name: 'insert-pockets',
  text: `INSERT INTO pocket (bucket, account_id, id, asset, kind, balance, held, credit_limit, expires_at, priority, opened_at, closed)
         SELECT bucket, account_id, id, asset, kind, balance, held, credit_limit, to_timestamp(expires_at / 1000), priority,
                to_timestamp(opened_at / 1000), closed
         FROM unnest($1::int[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::numeric[], $7::numeric[], $8::numeric[],
                     $9::double precision[], $10::int[], $11::double precision[], $12::boolean[])
           AS n(bucket, account_id, id, asset, kind, balance, held, credit_limit, expires_at, priority, opened_at, closed)`,
};

/** How the rows were moved, in the order in which they were given. Fails (22012) if one was not found. */
const MOVED = (places: string): string =>
  `SELECT string_agg(place::text, ';' ORDER BY line) AS places, 1 / (count(*) = cardinality(${places}))::int FROM u`;

/** Absolute values: only what a command can change of a pocket. */
export const UPDATE_POCKETS: Statement = {
  name: 'update-pockets',
  text: `WITH u AS (
           UPDATE pocket p SET balance = n.balance, held = n.held, credit_limit = n.credit_limit, closed = n.closed
           FROM unnest($2::int[], $3::uuid[], $4::uuid[], $5::numeric[], $6::numeric[], $7::numeric[], $8::boolean[])
             WITH ORDINALITY AS n(bucket, account_id, id, balance, held, credit_limit, closed, line)
           CROSS JOIN LATERAL (
             SELECT f.ctid AS place FROM pocket f
             WHERE f.bucket = n.bucket AND f.account_id = n.account_id AND f.id = n.id
             OFFSET 0) AS found
           WHERE p.ctid = found.place AND p.bucket = any($1::int[]) AND n.bucket BETWEEN 0 AND 2147483647
           RETURNING n.line, p.ctid AS place)
         ${MOVED('$4::uuid[]')}`,
};

/**
 * The same for pockets whose rows' places are known, and of which only the amounts change. It fails where a row is not
 * in its place: after a table was rewritten, all is read again.
 */
export const UPDATE_PLACED_POCKETS: Statement = {
  name: 'update-placed-pockets',
  text: `WITH u AS (
           UPDATE pocket p SET balance = n.balance, held = n.held
           FROM unnest($2::tid[], $3::uuid[], $4::numeric[], $5::numeric[]) WITH ORDINALITY AS n(place, id, balance, held, line)
           WHERE p.ctid = n.place AND p.id = n.id AND p.bucket = any($1::int[]) AND n.line BETWEEN 1 AND 2147483647
           RETURNING n.line, p.ctid AS place)
         ${MOVED('$3::uuid[]')}`,
};

export const INSERT_RESERVATIONS: Statement = {
  name: 'insert-reservations',
  text: `INSERT INTO reservation (bucket, account_id, id, status, expires_at, asset, hold, charged, body)
         SELECT bucket, account_id, id, status, to_timestamp(expires_at / 1000), asset, hold, charged, body
         FROM unnest($1::int[], $2::uuid[], $3::uuid[], $4::text[], $5::double precision[], $6::text[], $7::numeric[], $8::numeric[], $9::json[])
           AS n(bucket, account_id, id, status, expires_at, asset, hold, charged, body)`,
};

export const UPDATE_RESERVATIONS: Statement = {
  name: 'update-reservations',
  text: `UPDATE reservation r SET status = n.status, expires_at = to_timestamp(n.expires_at / 1000), hold = n.hold, charged = n.charged, body = n.body
         FROM unnest($2::int[], $3::uuid[], $4::uuid[], $5::text[], $6::double precision[], $7::numeric[], $8::numeric[], $9::json[])
           AS n(bucket, account_id, id, status, expires_at, hold, charged, body)
         CROSS JOIN LATERAL (
           SELECT f.ctid AS place FROM reservation f
           WHERE f.bucket = n.bucket AND f.account_id = n.account_id AND f.id = n.id
           OFFSET 0) AS found
         WHERE r.ctid = found.place AND r.bucket = any($1::int[]) AND n.bucket BETWEEN 0 AND 2147483647`,
};

/** Reservations that are final: the journal tells their end. */
export const DELETE_RESERVATIONS: Statement = {
  name: 'delete-reservations',
  text: `DELETE FROM reservation r
         USING unnest($2::int[], $3::uuid[], $4::uuid[]) AS n(bucket, account_id, id)
         CROSS JOIN LATERAL (
           SELECT f.ctid AS place FROM reservation f
           WHERE f.bucket = n.bucket AND f.account_id = n.account_id AND f.id = n.id
           OFFSET 0) AS found
         WHERE r.ctid = found.place AND r.bucket = any($1::int[]) AND n.bucket BETWEEN 0 AND 2147483647`,
};

export const PUT_ACCOUNTS: Statement = {
  name: 'put-accounts',
  text: `INSERT INTO account (bucket, id, settings, opened_at)
         SELECT bucket, id, settings, to_timestamp(opened_at / 1000)
         FROM unnest($1::int[], $2::uuid[], $3::json[], $4::double precision[]) AS n(bucket, id, settings, opened_at)
         ON CONFLICT (bucket, id) DO UPDATE SET settings = excluded.settings`,
};

export const PUT_KEYS: Statement = {
  name: 'put-keys',
  text: `INSERT INTO key (bucket, account_id, id, label, scope, tier, models, expires_at, revoked_at, minted_at)
         SELECT bucket, account_id, id, label, scope, tier,
                CASE WHEN models IS NULL THEN NULL ELSE ARRAY(SELECT jsonb_array_elements_text(models)) END,
                to_timestamp(expires_at / 1000), to_timestamp(revoked_at / 1000), to_timestamp(minted_at / 1000)
         FROM unnest($1::int[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::jsonb[],
                     $8::double precision[], $9::double precision[], $10::double precision[])
           AS n(bucket, account_id, id, label, scope, tier, models, expires_at, revoked_at, minted_at)
         ON CONFLICT (bucket, account_id, id) DO UPDATE
         SET label = excluded.label, tier = excluded.tier, models = excluded.models,
             expires_at = excluded.expires_at, revoked_at = excluded.revoked_at`,
};

export const PUT_CHARGES: Statement = {
  name: 'put-charges',
  text: `INSERT INTO charge (bucket, account_id, id, asset, opened_at, uncollected, refunded, body)
         SELECT bucket, account_id, id, asset, to_timestamp(opened_at / 1000), uncollected, refunded, body
         FROM unnest($1::int[], $2::uuid[], $3::uuid[], $4::text[], $5::double precision[], $6::numeric[], $7::numeric[], $8::jsonb[])
           AS n(bucket, account_id, id, asset, opened_at, uncollected, refunded, body)
         ON CONFLICT (bucket, account_id, id) DO UPDATE
         SET uncollected = excluded.uncollected, refunded = excluded.refunded, body = excluded.body`,
};

export const INSERT_REFERENCES: Statement = {
  name: 'insert-references',
  text: `INSERT INTO fund_reference (bucket, account_id, reference, command_id)
         SELECT * FROM unnest($1::int[], $2::uuid[], $3::text[], $4::uuid[])`,
};
