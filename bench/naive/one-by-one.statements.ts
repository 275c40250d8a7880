import { MADE_BY, MADE_COLUMNS } from '#tollgate/ledger/rows.js';
import type { Statement } from '#tollgate/ledger/statement.js';

/** The account, its pocket and the key in one statement; the lock is on the pocket alone. */
export const LOCK_FOR_RESERVE: Statement = {
  name: 'lock-for-reserve',
  text: `SELECT a.settings, (extract(epoch FROM a.opened_at) * 1000)::bigint AS opened_at,
                p.id, p.asset, p.kind, p.balance, p.held, p.credit_limit, p.priority,
                (extract(epoch FROM p.expires_at) * 1000)::bigint AS expires_at,
                k.label AS key_label, k.scope AS key_scope, k.tier AS key_tier, k.models AS key_models,
                (extract(epoch FROM k.expires_at) * 1000)::bigint AS key_expires_at,
                (extract(epoch FROM k.revoked_at) * 1000)::bigint AS key_revoked_at,
                (extract(epoch FROM k.minted_at) * 1000)::bigint AS key_minted_at
         FROM account a
         JOIN key k ON k.bucket = a.bucket AND k.account_id = a.id
         JOIN pocket p ON p.bucket = a.bucket AND p.account_id = a.id
         WHERE a.bucket = $1 AND a.id = $2 AND k.id = $3 AND NOT p.closed
         FOR UPDATE OF p`,
};

export const LOCK_FOR_SETTLE: Statement = {
  name: 'lock-for-settle',
  text: `SELECT p.id, p.asset, p.kind, p.balance, p.held, p.credit_limit, p.priority,
                (extract(epoch FROM p.expires_at) * 1000)::bigint AS expires_at,
                (extract(epoch FROM p.opened_at) * 1000)::bigint AS opened_at,
                r.status AS reservation_status, r.asset AS reservation_asset, r.charged AS reservation_charged, r.body AS reservation_body,
                ${MADE_COLUMNS},
                (extract(epoch FROM r.expires_at) * 1000)::bigint AS reservation_expires_at
         FROM reservation r
         JOIN pocket p ON p.bucket = r.bucket AND p.account_id = r.account_id
         ${MADE_BY}
         WHERE r.bucket = $1 AND r.account_id = $2 AND r.id = $3 AND NOT p.closed
         FOR UPDATE OF p`,
};

const POCKET_AND_JOURNAL = `
         WITH p AS (
           UPDATE pocket SET balance = $4::numeric, held = $5::numeric
           WHERE bucket = $1::int AND account_id = $2::uuid AND id = $3::uuid),
         j AS (
           INSERT INTO journal (bucket, position, account_id, command_id, slot, type, now, body)
           VALUES ($1::int, $6::bigint, $2::uuid, $7::uuid, $8::text, $9::text, to_timestamp($10::double precision / 1000), $11::json))`;

/** All that a Reserve writes, in one statement. */
export const WRITE_RESERVE: Statement = {
  name: 'write-reserve',
  text: `${POCKET_AND_JOURNAL}
         INSERT INTO reservation (bucket, account_id, id, status, expires_at, asset, hold, charged)
         VALUES ($1::int, $2::uuid, $7::uuid, $12::text, to_timestamp($13::double precision / 1000), $14::text, $15::numeric, 0)`,
};

/** All that a Settle writes, in one statement. */
export const WRITE_SETTLE: Statement = {
  name: 'write-settle',
  text: `${POCKET_AND_JOURNAL},
         r AS (
           DELETE FROM reservation WHERE bucket = $1::int AND account_id = $2::uuid AND id = $7::uuid)
         INSERT INTO transfer (bucket, position, line, account_id, command_id, kind, debit, credit, asset, amount)
         VALUES ($1::int, $6::bigint, 1, $2::uuid, $7::uuid, $12::text, $13::uuid, $14::uuid, $15::text, $16::numeric)`,
};

export const UPDATE_POCKET: Statement = {
  name: 'update-pocket',
  text: `UPDATE pocket SET balance = $4::numeric, held = $5::numeric
         WHERE bucket = $1::int AND account_id = $2::uuid AND id = $3::uuid`,
};

export const INSERT_JOURNAL: Statement = {
  name: 'insert-journal',
  text: `INSERT INTO journal (bucket, position, account_id, command_id, slot, type, now, body)
         VALUES ($1::int, $2::bigint, $3::uuid, $4::uuid, $5::text, $6::text, to_timestamp($7::double precision / 1000), $8::json)`,
};

export const INSERT_RESERVATION: Statement = {
  name: 'insert-reservation',
  text: `INSERT INTO reservation (bucket, account_id, id, status, expires_at, asset, hold, charged)
         VALUES ($1::int, $2::uuid, $3::uuid, $4::text, to_timestamp($5::double precision / 1000), $6::text, $7::numeric, 0)`,
};

export const DELETE_RESERVATION: Statement = {
  name: 'delete-reservation',
  text: `DELETE FROM reservation WHERE bucket = $1::int AND account_id = $2::uuid AND id = $3::uuid`,
};

export const INSERT_TRANSFER: Statement = {
  name: 'insert-transfer',
  text: `INSERT INTO transfer (bucket, position, line, account_id, command_id, kind, debit, credit, asset, amount)
         VALUES ($1::int, $2::bigint, 1, $3::uuid, $4::uuid, $5::text, $6::uuid, $7::uuid, $8::text, $9::numeric)`,
};
