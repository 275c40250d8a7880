import type { Metadata } from '@grpc/grpc-js';
import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';
import { contextOf } from './call-context.js';
import { Faults } from './faults.js';
import { statusOf } from './status-details.js';

/** Turns whatever a call threw into the status that names it. */
@Catch()
@Injectable()
export class RefusedFilter implements ExceptionFilter {
  constructor(private readonly faults: Faults) {}

  catch(error: unknown, host: ArgumentsHost): Observable<never> {
    const { requestId } = contextOf(host.switchToRpc().getContext<Metadata>());
    return throwError(() => statusOf(this.faults.refusalOf(error, requestId), requestId));
  }
}
