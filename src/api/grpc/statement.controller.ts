import type { Metadata } from '@grpc/grpc-js';
import { Controller, UseFilters } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { Observable } from 'rxjs';
import type { StatementPart } from '../../exports/statement.js';
import { Statements } from '../../exports/statements.js';
import { readAsset } from '../fields.js';
import { Refused } from '../refused.js';
import { StatementDto } from './dto/account.dto.js';
import { check } from './dto/check.js';
import { RefusedFilter } from './refused.filter.js';
import { type StreamCall, streamed } from './streamed.js';

@Controller()
@UseFilters(RefusedFilter)
export class StatementController {
  constructor(private readonly statements: Statements) {}

  @GrpcMethod('AccountService', 'Statement')
  async statement(message: object, _metadata: Metadata, call: StreamCall): Promise<Observable<never>> {
    const { accountId, fromAtMs, toAtMs, asset } = check(StatementDto, message);
    const statement = await this.statements.statement({
      accountId: accountId.toLowerCase(),
      from: fromAtMs,
      to: toAtMs,
      asset: asset ? readAsset(asset, 'asset').code : undefined,
    });
    if (!statement.ok) throw new Refused(statement);
    return streamed(call, statement.parts, partMessage);
  }
}

/** A part as the message StatementResponse. */
function partMessage(part: StatementPart): object {
  const { type, at, ...same } = part;
  return { [type]: { ...same, atMs: at } };
}
