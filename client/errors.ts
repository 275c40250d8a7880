/** Why the service did not carry out a command. Stable; docs/concepts.md explains each. */
export type RefusalCode =
  | 'VALIDATION'
  | 'AUTHENTICATION_FAILED'
  | 'ACCOUNT_NOT_FOUND'
  | 'ACCOUNT_EXISTS'
  | 'ACCOUNT_SUSPENDED'
  | 'ACCOUNT_CLOSED'
  | 'KEY_NOT_FOUND'
  | 'INVALID_MODEL'
  | 'MODEL_NOT_ALLOWED'
  | 'UNPRICED'
  | 'CONTENT_TIER_FORBIDDEN'
  | 'AGE_VERIFICATION_REQUIRED'
  | 'SUBSCRIPTION_REQUIRED'
  | 'RATE_LIMITED'
  | 'CONCURRENCY_LIMITED'
  | 'BUDGET_EXCEEDED'
  | 'INSUFFICIENT_BALANCE'
  | 'RESERVATION_NOT_FOUND'
  | 'RESERVATION_OPEN'
  | 'ALREADY_SETTLED'
  | 'ALREADY_RELEASED'
  | 'CHARGE_NOT_FOUND'
  | 'REFUND_EXCEEDS_CHARGE'
  | 'POCKET_NOT_FOUND'
  | 'CREDIT_LIMIT_IN_USE'
  | 'REFERENCE_TAKEN'
  | 'ID_CONFLICT'
  | 'ID_TOO_OLD'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'DEADLINE_EXCEEDED'
  | 'UNAVAILABLE'
  | 'OUTCOME_UNKNOWN'
  | 'INTERNAL';

/** The service's codes, and those with which the client itself ends a command. */
export type TollgateCode = RefusalCode | 'ABORTED' | 'TOO_MANY_UNANSWERED';

/** What a `TollgateError` tells besides its code and message. */
export interface ErrorContext {
  readonly field?: string | undefined;
  readonly allowed?: readonly string[] | undefined;
  readonly details?: Readonly<Record<string, string>> | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly requestId?: string | undefined;
  readonly cause?: unknown;
}

/** A command that was not carried out, or of which it is not known. Branch on the class, or on `code`. */
export class TollgateError extends Error {
  readonly code: TollgateCode;
  /** The field that is wrong, as a path from the request: `candidates[0].quantities.output_tokens`. */
  readonly field: string | undefined;
  /** The allowed values of the field, where they are few. */
  readonly allowed: readonly string[];
  /** What goes with the code, such as `required` and `available`: decimal strings and words. */
  readonly details: Readonly<Record<string, string>>;
  /** In how many milliseconds a later attempt may succeed; undefined where waiting does not help. */
  readonly retryAfterMs: number | undefined;
  /** As the server's log names the call; undefined where the server said nothing. */
  readonly requestId: string | undefined;

  constructor(code: TollgateCode, message: string, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause });
    this.name = new.target.name;
    this.code = code;
    this.field = context.field;
    this.allowed = context.allowed ?? [];
    this.details = context.details ?? {};
    this.retryAfterMs = context.retryAfterMs;
    this.requestId = context.requestId;
  }
}

/** INSUFFICIENT_BALANCE: `details` has `reason` ("no_funds" or "funds_held"), `asset`, `required`, `available`, `held`. */
export class InsufficientBalance extends TollgateError {}

/** RATE_LIMITED or CONCURRENCY_LIMITED: a limit of the customer's. */
export class RateLimited extends TollgateError {}

/** ID_CONFLICT: the id was used for another command; `field` names what differs. */
export class IdConflict extends TollgateError {}

/** VALIDATION: `field` is wrong. */
export class ValidationFailed extends TollgateError {}

/** AUTHENTICATION_FAILED: the service token, or the customer's key, is not good. */
export class NotAuthenticated extends TollgateError {}

/** PERMISSION_DENIED: the service token does not have the scope `spend`. */
export class PermissionDenied extends TollgateError {}

/**
 * DEADLINE_EXCEEDED: no answer came in time. The command may have been carried out; sending it again with the same id
 * tells. `cause` is why the last attempt failed, where one did.
 */
export class DeadlineExceeded extends TollgateError {}

/** UNAVAILABLE or OUTCOME_UNKNOWN. The client tries again by itself: this is met as the `cause` of another error. */
export class Unavailable extends TollgateError {}

/** ABORTED: the caller's signal was aborted, or the client was closed. */
export class Aborted extends TollgateError {}

/** TOO_MANY_UNANSWERED: too many commands wait in this client. This one was not sent. */
export class TooManyUnanswered extends TollgateError {}

const CLASSES: Readonly<Partial<Record<string, typeof TollgateError>>> = {
  INSUFFICIENT_BALANCE: InsufficientBalance,
  RATE_LIMITED: RateLimited,
  CONCURRENCY_LIMITED: RateLimited,
  ID_CONFLICT: IdConflict,
  VALIDATION: ValidationFailed,
  AUTHENTICATION_FAILED: NotAuthenticated,
  PERMISSION_DENIED: PermissionDenied,
  DEADLINE_EXCEEDED: DeadlineExceeded,
  UNAVAILABLE: Unavailable,
  OUTCOME_UNKNOWN: Unavailable,
  ABORTED: Aborted,
  TOO_MANY_UNANSWERED: TooManyUnanswered,
};

/** The error of a code, of the class that goes with it. */
export function errorOf(code: string, message: string, context: ErrorContext = {}): TollgateError {
  const Class = CLASSES[code] ?? TollgateError;
  return new Class(code as TollgateCode, message, context);
}
