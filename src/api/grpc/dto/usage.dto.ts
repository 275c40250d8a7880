import { USAGE_GROUP } from '../enums.js';
import { EachOneOf, Moment, Optional, OrEmpty, Text, TimeZone, Uuid } from './rules.js';

/*
 * The requests of UsageService, documented in proto/tollgate/v1/usage.proto.
 */

export class QueryUsageDto {
  @Uuid() readonly accountId!: string;
  @Optional() @Moment(0) readonly fromAtMs?: number;
  @Optional() @Moment(0) readonly toAtMs?: number;
  @Optional() @EachOneOf(USAGE_GROUP) readonly groupBy?: readonly string[];
  @OrEmpty() @TimeZone() readonly timeZone?: string;
  @OrEmpty() @Uuid() readonly keyId?: string;
  @OrEmpty() @Text() readonly model?: string;
}
