import { Injectable, Logger } from '@nestjs/common';
import { PricesStale } from '../../core/ledger/context.js';
import { type Refusal, refuse } from '../../core/ledger/outcome.js';
import { classifyDatabaseError } from '../../db/errors.js';
import { ClockStale } from '../../ledger/clock.js';
import { Refused } from '../refused.js';

const RETRY_AFTER_MS = 1000;

/** Makes a named refusal out of whatever was thrown, and logs what is a fault of ours. */
@Injectable()
export class Faults {
  private readonly log = new Logger(Faults.name);

  refusalOf(error: unknown, requestId: string): Refusal {
    if (error instanceof Refused) return error.refusal;
    if (error instanceof ClockStale || classifyDatabaseError(error) === 'connection') {
      this.log.warn(`request ${requestId}: the database cannot be reached: ${String(error)}`);
      return refuse('UNAVAILABLE', 'the database cannot be reached', { retryAfterMs: RETRY_AFTER_MS });
    }
    if (error instanceof PricesStale)
      return refuse('UNAVAILABLE', 'the price tables could not be refreshed', { retryAfterMs: RETRY_AFTER_MS });
    this.log.error(`request ${requestId} failed`, error instanceof Error ? error.stack : String(error));
    return refuse('INTERNAL', 'a fault on our side; the log names it by the request id');
  }
}
