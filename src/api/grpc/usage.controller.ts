import { Controller, UseFilters } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { UsageQueries } from '../../usage/usage-queries.js';
import type { UsageGrouping, UsageRow } from '../../usage/usage-query.js';
import { Refused } from '../refused.js';
import { check } from './dto/check.js';
import { QueryUsageDto } from './dto/usage.dto.js';
import { USAGE_GROUP } from './enums.js';
import { RefusedFilter } from './refused.filter.js';

@Controller()
@UseFilters(RefusedFilter)
export class UsageController {
  constructor(private readonly usage: UsageQueries) {}

  @GrpcMethod('UsageService', 'Query')
  async query(message: object): Promise<object> {
    const { accountId, fromAtMs, toAtMs, groupBy = [], timeZone, keyId, model } = check(QueryUsageDto, message);
    const report = await this.usage.query({
      accountId: accountId.toLowerCase(),
      from: fromAtMs,
      to: toAtMs,
      groupBy: [...new Set(groupBy.map((name) => USAGE_GROUP[name] as UsageGrouping))],
      timeZone: timeZone || undefined,
      keyId: keyId ? keyId.toLowerCase() : undefined,
      model: model || undefined,
    });
    if (!report.ok) throw new Refused(report);
    return { rows: report.rows.map(rowMessage), totals: report.totals.map(rowMessage) };
  }
}

/** A row as the message UsageRow. */
function rowMessage({ at, billed, ...same }: UsageRow): object {
  return { ...same, amount: billed, ...(at !== undefined && { atMs: at }) };
}
