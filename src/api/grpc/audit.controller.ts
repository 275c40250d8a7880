import type { Metadata } from '@grpc/grpc-js';
import { Controller, UseFilters } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { Observable } from 'rxjs';
import type { VerifyEvent } from '../../audit/events.js';
import { Verifier } from '../../audit/verifier.js';
import { readable } from './definition.js';
import { VerifyDto } from './dto/audit.dto.js';
import { check } from './dto/check.js';
import { RefusedFilter } from './refused.filter.js';
import { type StreamCall, streamed } from './streamed.js';

const SERVICE = 'AuditService';

@Controller()
@UseFilters(RefusedFilter)
export class AuditController {
  constructor(private readonly verifier: Verifier) {}

  @GrpcMethod(SERVICE, 'Verify')
  verify(message: object, _metadata: Metadata, call: StreamCall): Observable<never> {
    const { findingsMax } = check(VerifyDto, message);
    return streamed(call, this.verifier.run({ findingsMax }), eventMessage);
  }

  @GrpcMethod(SERVICE, 'TrialBalance')
  async trialBalance(message: object): Promise<object> {
    readable(message);
    return { ...(await this.verifier.trialBalance()) };
  }
}

/** An event as the message VerifyResponse. */
function eventMessage({ type, ...same }: VerifyEvent): object {
  return { [type]: same };
}
