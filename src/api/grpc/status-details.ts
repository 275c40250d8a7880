import { Metadata, type ServiceError } from '@grpc/grpc-js';
import type { Refusal } from '../../core/ledger/outcome.js';
import { STATUS_OF } from '../outcome-status.js';
import { loadDefinition, messageType } from './definition.js';

/*
 * A refusal as gRPC tells it: a status, and in its trailer the standard details of google.rpc.
 */

const DETAILS_TRAILER = 'grpc-status-details-bin';
export const REQUEST_ID_TRAILER = 'tollgate-request-id';

const DOMAIN = 'tollgate';

/** How much of a list of allowed values goes into a trailer, in characters: trailers must stay small. */
const ALLOWED_LENGTH_MAX = 500;

const definition = loadDefinition();
const STATUS = messageType(definition, 'google.rpc.Status');
const ERROR_INFO = messageType(definition, 'google.rpc.ErrorInfo');
const BAD_REQUEST = messageType(definition, 'google.rpc.BadRequest');
const RETRY_INFO = messageType(definition, 'google.rpc.RetryInfo');

/** The status that a refused call ends with, as the transport takes it. */
export function statusOf(
  refusal: Refusal,
  requestId: string,
): Pick<ServiceError, 'code' | 'details' | 'metadata'> & { message: string } {
  const code = STATUS_OF[refusal.code];
  const { message } = refusal;
  const metadata = new Metadata();
  metadata.set(DETAILS_TRAILER, STATUS.serialize({ code, message, details: detailsOf(refusal, requestId) }));
  return { code, details: message, message, metadata };
}

function detailsOf(refusal: Refusal, requestId: string): object[] {
  const { code, message, field, details, retryAfterMs } = refusal;
  const allowed = refusal.allowed?.join(', ').slice(0, ALLOWED_LENGTH_MAX);
  const metadata = {
    ...details,
    request_id: requestId,
    ...(field !== undefined && { field }),
    ...(allowed && { allowed }),
  };
  const all = [pack('google.rpc.ErrorInfo', ERROR_INFO.serialize({ reason: code, domain: DOMAIN, metadata }))];
  if (field !== undefined) {
    const description = allowed ? `${message}; allowed: ${allowed}` : message;
    all.push(pack('google.rpc.BadRequest', BAD_REQUEST.serialize({ fieldViolations: [{ field, description }] })));
  }
  if (retryAfterMs !== undefined) {
    const retryDelay = { seconds: Math.floor(retryAfterMs / 1000), nanos: (retryAfterMs % 1000) * 1_000_000 };
    all.push(pack('google.rpc.RetryInfo', RETRY_INFO.serialize({ retryDelay })));
  }
  return all;
}

function pack(name: string, value: Buffer): object {
  return { type_url: `type.googleapis.com/${name}`, value };
}

/** The same refusal as a message, for an answer within a stream: tollgate.v1.Error. */
export function errorMessage(refusal: Refusal, requestId: string): object {
  const { code, message, field, allowed, details, retryAfterMs } = refusal;
  return {
    code,
    message,
    grpcStatus: STATUS_OF[code],
    requestId,
    ...(field !== undefined && { field }),
    ...(allowed && { allowed }),
    ...(details && { details }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}
