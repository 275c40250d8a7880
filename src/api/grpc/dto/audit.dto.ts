import { Optional, WholeNumber } from './rules.js';

/*
 * The requests of AuditService, documented in proto/tollgate/v1/audit.proto.
 */

const FINDINGS_MAX = 10_000;

export class VerifyDto {
  @Optional() @WholeNumber(1, FINDINGS_MAX) readonly findingsMax?: number;
}
