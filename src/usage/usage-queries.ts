import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { bucketOf } from '../core/ledger/ids.js';
import { type Refusal, refuse } from '../core/ledger/outcome.js';
import { Database } from '../db/database.js';
import { JournalReader } from '../journal/journal-reader.js';
import { foldUsage, type UsageGroup, type UsageIncrement } from './fold-usage.js';
import { USAGE_FOLLOWER } from './usage-follower.js';
import { badTimeZone, type CheckedQuery, checkQuery, type UsageQuery, type UsageReport } from './usage-query.js';
import {
  readTail,
  selectCursor,
  selectLabels,
  selectMeters,
  selectRollups,
  selectTimeZone,
  truncate,
} from './usage-query.store.js';
import { UsageTable } from './usage-table.js';

/** More rows than this are refused: nobody reads them, and they are all in memory. */
const ROWS_MAX = 20_000;
/** What PostgreSQL says of a time zone that it does not know. */
const INVALID_PARAMETER = '22023';

/**
 * Sums of usage that are exact at every moment: the roll-ups, and what the follower has not read yet of the journal,
 * in one snapshot.
 */
@Injectable()
export class UsageQueries {
  constructor(
    private readonly database: Database,
    private readonly reader: JournalReader,
  ) {}

  /** Refused as `VALIDATION` with the field, or `ACCOUNT_NOT_FOUND`. */
  async query(asked: UsageQuery): Promise<UsageReport | Refusal> {
    const checked = checkQuery(asked);
    if (!checked.ok) return checked;
    const bucket = bucketOf(asked.accountId, await this.reader.bucketCount());
    try {
      return await this.database.transaction((client) => report(client, bucket, checked.query), 'REPEATABLE READ');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === INVALID_PARAMETER) return badTimeZone();
      throw error;
    }
  }
}

async function report(client: pg.ClientBase, bucket: number, query: CheckedQuery): Promise<UsageReport | Refusal> {
  const ownZone = await selectTimeZone(client, bucket, query.accountId);
  if (ownZone === undefined) return refuse('ACCOUNT_NOT_FOUND', 'no account has this id', { field: 'account_id' });
  const zone = query.timeZone ?? ownZone;
  const table = new UsageTable();
  for (const row of await selectRollups(client, bucket, query, zone)) table.addRollup(row);
  for (const row of await selectMeters(client, bucket, query, zone)) table.addMeter(row);
  await addTail(client, bucket, query, zone, table);
  if (table.size > ROWS_MAX) {
    return refuse('VALIDATION', `expected a shorter time or fewer groups: the answer has more than ${ROWS_MAX} rows`, {
      field: 'group_by',
    });
  }
  const { keyIds } = table;
  const labels =
    keyIds.length > 0 ? await selectLabels(client, bucket, query.accountId, keyIds) : new Map<string, string>();
  return { ok: true, rows: isGrouped(query) ? table.rows(labels) : [], totals: table.totals() };
}

function isGrouped({ byKey, byModel, byTime }: CheckedQuery): boolean {
  return byKey || byModel || byTime !== undefined;
}

/** Adds what the follower has not read yet. */
async function addTail(
  client: pg.ClientBase,
  bucket: number,
  query: CheckedQuery,
  zone: string,
  table: UsageTable,
): Promise<void> {
  const cursor = await selectCursor(client, USAGE_FOLLOWER, bucket);
  for await (const entries of readTail(client, bucket, query.accountId, cursor)) {
    const increments = foldUsage(entries).increments.filter(({ group }) => isWanted(group, query));
    const begins = query.byTime ? await truncate(client, quartersOf(increments), query.byTime, zone) : undefined;
    for (const { group, sums } of increments) {
      const { keyId, model, asset, quarter } = group;
      const at = begins?.get(quarter);
      table.add(
        {
          key_id: query.byKey ? keyId : null,
          model: query.byModel ? model : null,
          at: at === undefined ? null : String(at),
          asset,
        },
        sums,
      );
    }
  }
}

function isWanted({ quarter, keyId, model }: UsageGroup, query: CheckedQuery): boolean {
  return (
    quarter >= query.from &&
    (query.to === undefined || quarter < query.to) &&
    (query.keyId === undefined || keyId === query.keyId) &&
    (query.model === undefined || model === query.model)
  );
}

function quartersOf(increments: readonly UsageIncrement[]): number[] {
  return [...new Set(increments.map(({ group }) => group.quarter))];
}
