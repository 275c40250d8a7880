import { ACCOUNT_STATUS } from '../enums.js';
import { Id, Moment, OneOf, Optional, OrEmpty, Text, TimeZone, Uuid, WholeNumber, YesOrNo } from './rules.js';

/*
 * The requests of AccountService, documented in proto/tollgate/v1/accounts.proto. Amounts are checked where their asset
 * is known.
 */

export interface ByAsset {
  readonly byAsset?: Readonly<Record<string, string>>;
}

const PLAN_LENGTH_MAX = 64;
const PRIORITY_MAX = 1000;

export class SettingsDto {
  @Optional() @Text() readonly name?: string;
  @Optional() @OneOf(ACCOUNT_STATUS) readonly status?: string;
  @Optional() @Text(0, PLAN_LENGTH_MAX) readonly plan?: string;
  @Optional() @Moment(0) readonly planUntilAtMs?: number;
  @Optional() @YesOrNo() readonly ageVerified?: boolean;
  @Optional() @YesOrNo() readonly complianceByAgreement?: boolean;
  @Optional() readonly books?: ByAsset;
  @Optional() readonly creditLimits?: ByAsset;
  @Optional() @TimeZone() readonly timeZone?: string;
  @Optional() @YesOrNo() readonly collectShortfall?: boolean;
}

export class OpenAccountDto {
  @Id() readonly id!: string;
  @OrEmpty() @Uuid() readonly accountId?: string;
  readonly settings?: object;
}

export class UpdateAccountDto {
  @Id() readonly id!: string;
  @Uuid() readonly accountId!: string;
  readonly set?: object;
}

export class GetAccountDto {
  @Uuid() readonly accountId!: string;
}

export class FundDto {
  @Id() readonly id!: string;
  @Uuid() readonly accountId!: string;
  readonly asset?: string;
  readonly amount?: string;
  @Text() readonly reference!: string;
}

export class GrantDto {
  @Id() readonly id!: string;
  @Uuid() readonly accountId!: string;
  readonly asset?: string;
  readonly amount?: string;
  @Optional() @Moment() readonly expiresAtMs?: number;
  @Optional() @WholeNumber(-PRIORITY_MAX, PRIORITY_MAX) readonly priority?: number;
  @Text() readonly reason!: string;
}

export class AdjustDto {
  @Id() readonly id!: string;
  @Uuid() readonly accountId!: string;
  readonly asset?: string;
  readonly amount?: string;
  @Text() readonly reason!: string;
  @OrEmpty() @Uuid() readonly pocketId?: string;
}

export class StatementDto {
  @Uuid() readonly accountId!: string;
  @Optional() @Moment(0) readonly fromAtMs?: number;
  @Optional() @Moment() readonly toAtMs?: number;
  readonly asset?: string;
}
