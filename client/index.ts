/* The whole of `tollgate/client`: what a gateway written in TypeScript or JavaScript needs to spend through Tollgate. */

export type {
  Charged,
  Extended,
  PocketShare,
  PricedCandidate,
  PriceLine,
  Quoted,
  Refunded,
  Released,
  ReservationStatus,
} from './answers.js';
export {
  Aborted,
  DeadlineExceeded,
  IdConflict,
  InsufficientBalance,
  NotAuthenticated,
  PermissionDenied,
  RateLimited,
  type RefusalCode,
  type TollgateCode,
  TollgateError,
  TooManyUnanswered,
  Unavailable,
  ValidationFailed,
} from './errors.js';
export { newId } from './ids.js';
export type { TlsOptions } from './link.js';
export type {
  CallOptions,
  Candidate,
  ChargeRequest,
  ExtendDetails,
  ExtendRequest,
  QuoteRequest,
  RefundRequest,
  ReleaseRequest,
  ReserveRequest,
  SettleDetails,
  SettleRequest,
  Texts,
  UnsentCommand,
} from './requests.js';
export { Reservation } from './reservation.js';
export { Tollgate, type TollgateOptions } from './tollgate.js';
