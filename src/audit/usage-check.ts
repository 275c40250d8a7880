import type pg from 'pg';
import type { JournalEntry } from '../journal/journal-entry.js';
import { type UsageKind, type UsageRecord, usageRecordOf } from '../usage/usage-record.js';
import { differenceOf } from './difference.js';
import type { Findings } from './findings.js';

/** A usage record as it is stored. */
export interface UsageRecordRow {
  readonly position: string;
  readonly account_id: string;
  readonly key_id: string;
  readonly model: string;
  readonly kind: UsageKind;
  readonly command_id: string;
  readonly charge_id: string;
  readonly asset: string;
  readonly amount: string;
  readonly total: string;
  readonly shortfall: string;
  readonly cost: string | null;
  readonly late: boolean;
  readonly estimated: boolean;
  readonly usage_delta: UsageRecord['usageDelta'];
  readonly unpriced: UsageRecord['unpriced'];
  readonly lines: UsageRecord['lines'];
  readonly tags: UsageRecord['tags'];
  readonly occurred_at: string;
  readonly booked_at: string;
}

export const USAGE_RECORD_COLUMNS = `position, account_id, key_id, model, kind, command_id, charge_id, asset, amount, total, shortfall,
  cost, late, estimated, usage_delta, unpriced, lines, tags,
  (extract(epoch FROM occurred_at) * 1000)::bigint AS occurred_at, (extract(epoch FROM booked_at) * 1000)::bigint AS booked_at`;

/** Compares what is recorded at a journal row's position with what the row says. */
export function checkUsageRecord(entry: JournalEntry, stored: readonly UsageRecordRow[], findings: Findings): void {
  const { bucket, position, accountId, commandId } = entry;
  const at = { bucket, position, account: accountId, command: commandId };
  for (const row of stored) {
    if (Number(row.position) !== position)
      findings.add('usage-records', 'there is no journal row for it', atOf(bucket, row));
  }
  const found = stored.find((row) => Number(row.position) === position);
  const expected = recordOf(entry);
  if (!expected && found) findings.add('usage-records', 'the journal row says nothing of usage', at);
  if (!expected || !found) {
    if (expected) findings.add('usage-records', `the ${expected.kind} is not recorded`, at);
    return;
  }
  const difference = differenceOf(readRecord(bucket, found), expected);
  if (difference !== undefined) findings.add('usage-records', difference, at);
}

/** Records beyond the cursor, or beyond the log. */
export function checkNoRecords(bucket: number, stored: readonly UsageRecordRow[], findings: Findings): void {
  for (const row of stored) findings.add('usage-records', 'the follower has not come there yet', atOf(bucket, row));
}

function atOf(bucket: number, { position, account_id, command_id }: UsageRecordRow): Record<string, string | number> {
  return { bucket, position, account: account_id, command: command_id };
}

/** A row that cannot be read says nothing of usage that could be compared; the replay tells what is wrong with it. */
function recordOf(entry: JournalEntry): UsageRecord | undefined {
  try {
    return usageRecordOf(entry);
  } catch {
    return undefined;
  }
}

function readRecord(bucket: number, row: UsageRecordRow): UsageRecord {
  return {
    bucket,
    position: Number(row.position),
    accountId: row.account_id,
    keyId: row.key_id,
    model: row.model,
    kind: row.kind,
    commandId: row.command_id,
    chargeId: row.charge_id,
    asset: row.asset,
    amount: BigInt(row.amount),
    total: BigInt(row.total),
    shortfall: BigInt(row.shortfall),
    cost: row.cost === null ? null : BigInt(row.cost),
    late: row.late,
    estimated: row.estimated,
    usageDelta: row.usage_delta,
    unpriced: row.unpriced,
    lines: row.lines,
    tags: row.tags,
    occurredAt: Number(row.occurred_at),
    bookedAt: Number(row.booked_at),
  };
}

const GROUP = 'account_id, quarter, key_id, model, asset';

/** Sums that are not those of the records, one bucket at a time. `$1` is the bucket, `$2` how many to answer. */
export const WRONG_SUMS = `
  WITH expected AS (
    SELECT account_id, date_bin('15 minutes', booked_at, 'epoch') AS quarter, key_id, model, asset,
           count(*) FILTER (WHERE ends) AS requests,
           coalesce(sum(amount) FILTER (WHERE kind <> 'refund'), 0) AS billed,
           coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0) AS refunded,
           sum(shortfall) AS shortfall, coalesce(sum(cost), 0) AS cost,
           count(*) FILTER (WHERE ends AND late) AS late, count(*) FILTER (WHERE ends AND estimated) AS estimated,
           count(*) FILTER (WHERE ends AND unpriced <> '[]') AS unpriced
    FROM (SELECT *, kind IN ('settle', 'charge', 'release') AS ends FROM usage_record WHERE bucket = $1) r
    GROUP BY 1, 2, 3, 4, 5)
  SELECT ${GROUP} FROM expected e FULL JOIN (SELECT * FROM usage_rollup WHERE bucket = $1) s USING (${GROUP})
  WHERE (e.requests, e.billed, e.refunded, e.shortfall, e.cost, e.late, e.estimated, e.unpriced)
        IS DISTINCT FROM (s.requests, s.billed, s.refunded, s.shortfall, s.cost, s.late, s.estimated, s.unpriced)
  ORDER BY ${GROUP} LIMIT $2`;

export const WRONG_METERS = `
  WITH expected AS (
    SELECT account_id, date_bin('15 minutes', booked_at, 'epoch') AS quarter, key_id, model, asset, meter, sum(used::numeric) AS quantity
    FROM usage_record, jsonb_each_text(usage_delta) AS u(meter, used) WHERE bucket = $1
    GROUP BY 1, 2, 3, 4, 5, 6)
  SELECT ${GROUP}, meter FROM expected e FULL JOIN (SELECT * FROM usage_meter WHERE bucket = $1) s USING (${GROUP}, meter)
  WHERE e.quantity IS DISTINCT FROM s.quantity
  ORDER BY ${GROUP}, meter LIMIT $2`;

interface WrongSum extends pg.QueryResultRow {
  readonly account_id: string;
  readonly quarter: Date;
  readonly key_id: string;
  readonly model: string;
  readonly asset: string;
  readonly meter?: string;
}

export async function checkUsageSums(
  client: pg.ClientBase,
  bucket: number,
  limit: number,
  findings: Findings,
): Promise<void> {
  for (const sql of [WRONG_SUMS, WRONG_METERS]) {
    const { rows } = await client.query<WrongSum>(sql, [bucket, limit]);
    for (const { account_id, quarter, key_id, model, asset, meter } of rows) {
      const at = {
        bucket,
        account: account_id,
        quarter: quarter.toISOString(),
        key: key_id,
        model,
        asset,
        ...(meter && { meter }),
      };
      findings.add(
        'usage-sums',
        meter ? `the quantity of ${meter} is not that of the records` : 'the sums are not those of the records',
        at,
      );
    }
  }
}
