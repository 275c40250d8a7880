import type pg from 'pg';

/**
 * What SQL alone can say against the books, as sentences; empty when they are right. It is written apart from `verify`
 * and from the engine, so that a fault in those cannot hide itself.
 */
export async function brokenBooks(owner: pg.Pool): Promise<string[]> {
  const broken: string[] = [];
  for (const [what, sql] of Object.entries(CHECKS)) {
    const { rows } = await owner.query(sql);
    for (const row of rows.slice(0, 5)) broken.push(`${what}: ${JSON.stringify(row)}`);
  }
  return broken;
}

const CHECKS = {
  'positions have gaps or are not the bucket’s': `
    SELECT b.bucket, b.position, count(j.position), max(j.position), count(DISTINCT j.position) AS different
    FROM bucket b LEFT JOIN journal j USING (bucket)
    GROUP BY b.bucket, b.position
    HAVING count(j.position) <> b.position OR coalesce(max(j.position), 0) <> b.position OR count(DISTINCT j.position) <> b.position`,
  'a pocket is not the sum of its transfers': `
    SELECT p.id, p.balance, coalesce(sum(CASE WHEN t.credit = p.id THEN t.amount ELSE -t.amount END), 0) AS transfers
    FROM pocket p LEFT JOIN transfer t ON t.account_id = p.account_id AND p.id IN (t.debit, t.credit)
    GROUP BY p.bucket, p.account_id, p.id
    HAVING p.balance <> coalesce(sum(CASE WHEN t.credit = p.id THEN t.amount ELSE -t.amount END), 0)`,
  'a pocket holds other than its reservations': `
    SELECT p.id, p.held, coalesce(h.held, 0) AS reservations
    FROM pocket p LEFT JOIN (
      SELECT r.account_id, (share ->> 0)::uuid AS pocket_id,
             sum(CASE WHEN r.as_reserved THEN coalesce((share ->> 1)::numeric * CASE asset WHEN 'USD' THEN 1e9 ELSE 1e3 END, hold)
                      ELSE (share ->> 1)::numeric END) AS held
      FROM (
        SELECT r.account_id, r.asset, r.hold, r.body IS NULL AS as_reserved,
               coalesce(r.body::jsonb -> 'holds', j.body::jsonb -> 'value' -> 'holds') AS holds
        FROM reservation r LEFT JOIN journal j ON r.body IS NULL AND j.account_id = r.account_id AND j.command_id = r.id AND j.slot = 'cmd'
      ) r, jsonb_array_elements(r.holds) AS share GROUP BY 1, 2
    ) h ON h.account_id = p.account_id AND h.pocket_id = p.id
    WHERE p.held <> coalesce(h.held, 0)`,
  'a reservation is open though it ended': `
    SELECT r.id FROM reservation r JOIN journal j ON j.account_id = r.account_id AND j.command_id = r.id
    WHERE j.slot = 'end' OR j.type = 'Release'`,
  'an end is not that of a reservation': `
    SELECT e.command_id, e.type FROM journal e
    WHERE e.slot = 'end'
      AND NOT EXISTS (SELECT 1 FROM journal j WHERE j.account_id = e.account_id AND j.command_id = e.command_id
                                                AND j.type = 'Reserve' AND j.position < e.position)`,
  'a Release has the slot of the other kind': `
    SELECT command_id, slot FROM journal
    WHERE type = 'Release' AND slot <> CASE WHEN (body -> 'value' ->> 'unknown')::boolean THEN 'cmd' ELSE 'end' END`,
  'a reservation is neither open nor ended': `
    SELECT j.command_id FROM journal j
    WHERE j.type = 'Reserve'
      AND NOT EXISTS (SELECT 1 FROM reservation r WHERE r.account_id = j.account_id AND r.id = j.command_id)
      AND NOT EXISTS (SELECT 1 FROM journal e WHERE e.account_id = j.account_id AND e.command_id = j.command_id AND e.slot = 'end')`,
  'a transfer has no journal row': `
    SELECT t.bucket, t.position FROM transfer t
    WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.bucket = t.bucket AND j.position = t.position AND j.command_id = t.command_id)`,
  'charged is not revenue': `
    SELECT * FROM (
      SELECT (SELECT coalesce(sum((body -> 'value' ->> 'amount')::numeric * 1000000000), 0) FROM journal WHERE type IN ('Settle', 'Charge'))
           - (SELECT coalesce(sum((body -> 'value' ->> 'amount')::numeric * 1000000000), 0) FROM journal WHERE type = 'Refund') AS charged,
             (SELECT coalesce(sum(CASE WHEN credit = '00000000-0000-7000-8000-000000000002' THEN amount ELSE -amount END), 0)
              FROM transfer WHERE '00000000-0000-7000-8000-000000000002' IN (debit, credit)) AS revenue
    ) s WHERE charged <> revenue`,
};
