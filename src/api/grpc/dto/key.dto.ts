import { CONTENT_TIER, KEY_SCOPE } from '../enums.js';
import { Id, Moment, OneOf, Optional, OrEmpty, Text, Uuid, WholeNumber } from './rules.js';

/*
 * The requests of KeyService, documented in proto/tollgate/v1/keys.proto.
 */

export interface ModelAccess {
  readonly all?: boolean;
  readonly only?: readonly string[];
}

const PAGE_MAX = 1000;

export class MintKeyDto {
  @Id() readonly id!: string;
  @Uuid() readonly accountId!: string;
  @Optional() @Text(0) readonly label?: string;
  @OrEmpty() @OneOf(KEY_SCOPE) readonly scope?: string;
  @OrEmpty() @OneOf(CONTENT_TIER) readonly tier?: string;
  readonly models?: ModelAccess;
  @Optional() @Moment() readonly expiresAtMs?: number;
}

export class UpdateKeyDto {
  @Id() readonly id!: string;
  @Uuid() readonly accountId!: string;
  @Uuid() readonly keyId!: string;
  @Optional() @Text(0) readonly label?: string;
  @Optional() @OneOf(CONTENT_TIER) readonly tier?: string;
  readonly models?: ModelAccess;
  @Optional() @Moment(0) readonly expiresAtMs?: number;
}

export class ListKeysDto {
  @Uuid() readonly accountId!: string;
  @Optional() @WholeNumber(1, PAGE_MAX) readonly pageSize?: number;
  @OrEmpty() @Uuid() readonly pageToken?: string;
}

export class RevokeKeyDto {
  @Id() readonly id!: string;
  @Uuid() readonly accountId!: string;
  @Uuid() readonly keyId!: string;
}
