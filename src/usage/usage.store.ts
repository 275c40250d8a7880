import type pg from 'pg';
import { formatQuantity } from '../core/money/quantity.js';
import type { UsageIncrement } from './fold-usage.js';
import type { UsageRecord } from './usage-record.js';

/*
 * The follower's writes. Rows come as one JSON document each, which PostgreSQL reads as rows by the columns' own input
 * functions: numbers of any size as text, nested JSON as it is.
 */

export async function insertRecords(client: pg.ClientBase, records: readonly UsageRecord[]): Promise<void> {
  if (records.length === 0) return;
  await client.query(
    `INSERT INTO usage_record (${RECORD_COLUMNS})
     SELECT ${RECORD_COLUMNS} FROM json_populate_recordset(NULL::usage_record, $1::json)`,
    [JSON.stringify(records.map(recordRow))],
  );
}

const RECORD_COLUMNS = `bucket, position, account_id, key_id, model, kind, command_id, charge_id, asset, amount, total, shortfall,
  cost, late, estimated, usage_delta, unpriced, lines, tags, occurred_at, booked_at`;

function recordRow(record: UsageRecord): Record<string, unknown> {
  return {
    bucket: record.bucket,
    position: record.position,
    account_id: record.accountId,
    key_id: record.keyId,
    model: record.model,
    kind: record.kind,
    command_id: record.commandId,
    charge_id: record.chargeId,
    asset: record.asset,
    amount: record.amount.toString(),
    total: record.total.toString(),
    shortfall: record.shortfall.toString(),
    cost: record.cost?.toString() ?? null,
    late: record.late,
    estimated: record.estimated,
    usage_delta: record.usageDelta,
    unpriced: record.unpriced,
    lines: record.lines,
    tags: record.tags,
    occurred_at: moment(record.occurredAt),
    booked_at: moment(record.bookedAt),
  };
}

/** Adds to the sums. One increment for each group: of two, an upsert could take only one. */
export async function addIncrements(client: pg.ClientBase, increments: readonly UsageIncrement[]): Promise<void> {
  if (increments.length === 0) return;
  await client.query(ADD_ROLLUPS, [JSON.stringify(increments.map(rollupRow))]);
  const meters = increments.flatMap(meterRows);
  if (meters.length > 0) await client.query(ADD_METERS, [JSON.stringify(meters)]);
}

const ADD_ROLLUPS = `
  INSERT INTO usage_rollup AS r
  SELECT * FROM json_populate_recordset(NULL::usage_rollup, $1::json)
  ON CONFLICT (bucket, account_id, quarter, key_id, model, asset) DO UPDATE
  SET requests = r.requests + excluded.requests, billed = r.billed + excluded.billed,
      refunded = r.refunded + excluded.refunded, shortfall = r.shortfall + excluded.shortfall,
      cost = r.cost + excluded.cost, late = r.late + excluded.late,
      estimated = r.estimated + excluded.estimated, unpriced = r.unpriced + excluded.unpriced`;

const ADD_METERS = `
  INSERT INTO usage_meter AS m
  SELECT * FROM json_populate_recordset(NULL::usage_meter, $1::json)
  ON CONFLICT (bucket, account_id, quarter, key_id, model, asset, meter) DO UPDATE
  SET quantity = m.quantity + excluded.quantity`;

function rollupRow({ group, sums }: UsageIncrement): Record<string, unknown> {
  return {
    ...groupRow(group),
    requests: sums.requests,
    billed: sums.billed.toString(),
    refunded: sums.refunded.toString(),
    shortfall: sums.shortfall.toString(),
    cost: sums.cost.toString(),
    late: sums.late,
    estimated: sums.estimated,
    unpriced: sums.unpriced,
  };
}

function meterRows({ group, sums }: UsageIncrement): Record<string, unknown>[] {
  return [...sums.meters].map(([meter, quantity]) => ({
    ...groupRow(group),
    meter,
    quantity: formatQuantity(quantity),
  }));
}

function groupRow({
  bucket,
  accountId,
  quarter,
  keyId,
  model,
  asset,
}: UsageIncrement['group']): Record<string, unknown> {
  return { bucket, account_id: accountId, quarter: moment(quarter), key_id: keyId, model, asset };
}

function moment(ms: number): string {
  return new Date(ms).toISOString();
}
