import type pg from 'pg';
import { JOURNAL_COLUMNS, type JournalEntry, type JournalRow, readEntry } from '../../src/journal/journal-entry.js';
import { foldUsage } from '../../src/usage/fold-usage.js';

export async function wholeJournal(owner: pg.Pool, accountId?: string): Promise<JournalEntry[]> {
  const { rows } = await owner.query<JournalRow>(
    `SELECT ${JOURNAL_COLUMNS} FROM journal WHERE $1::uuid IS NULL OR account_id = $1 ORDER BY bucket, position`,
    [accountId ?? null],
  );
  return rows.map(readEntry);
}

/** What the usage tables hold otherwise than the fold of the whole journal says. */
export async function usageDifferences(owner: pg.Pool): Promise<string[]> {
  const { records, increments } = foldUsage(await wholeJournal(owner));
  const expected = [
    ...records.map(
      (r) => `record ${r.bucket} ${r.position} ${r.kind} ${r.amount} ${r.total} ${r.shortfall} ${r.cost ?? 'null'}`,
    ),
    ...increments.map(({ group: g, sums: s }) => {
      const place = `${g.bucket} ${g.accountId} ${g.quarter} ${g.keyId} ${g.model} ${g.asset}`;
      return `rollup ${place} ${s.requests} ${s.billed} ${s.refunded} ${s.shortfall} ${s.cost} ${s.late} ${s.estimated} ${s.unpriced}`;
    }),
    ...increments.flatMap(({ group: g, sums: s }) =>
      [...s.meters].map(
        ([meter, quantity]) =>
          `meter ${g.bucket} ${g.accountId} ${g.quarter} ${g.keyId} ${g.model} ${g.asset} ${meter} ${quantity}`,
      ),
    ),
  ];
  const { rows } = await owner.query<{ line: string }>(`
    SELECT concat_ws(' ', 'record', bucket, position, kind, amount, total, shortfall, coalesce(cost::text, 'null')) AS line FROM usage_record
    UNION ALL
    SELECT concat_ws(' ', 'rollup', bucket, account_id, (extract(epoch FROM quarter) * 1000)::bigint, key_id, model, asset,
                     requests, billed, refunded, shortfall, cost, late, estimated, unpriced) FROM usage_rollup
    UNION ALL
    SELECT concat_ws(' ', 'meter', bucket, account_id, (extract(epoch FROM quarter) * 1000)::bigint, key_id, model, asset,
                     meter, (quantity * 1000000000000)::numeric(60, 0)) FROM usage_meter`);
  const stored = new Set(rows.map(({ line }) => line));
  return [
    ...expected.filter((line) => !stored.has(line)).map((line) => `missing: ${line}`),
    ...[...stored].filter((line) => !new Set(expected).has(line)).map((line) => `wrong: ${line}`),
  ].slice(0, 20);
}
