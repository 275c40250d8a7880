import { NotCommitted } from '../db/database.js';
import { classifyDatabaseError, type DatabaseErrorKind } from '../db/errors.js';
import { ClockStale } from './clock.js';
import { ConnectionLost } from './lane-connection.js';

/**
 * Classes 53, 57 and 58 (resources, intervention, system), and a lock that was not to be had in time: the server's own
 * trouble, which passes and has nothing to do with any command. Nothing was changed.
 */
const TROUBLE = /^(5[378]|55P03)/;

/** What a failed batch calls for. */
export function kindOf(error: unknown): DatabaseErrorKind | 'trouble' {
  if (error instanceof ClockStale || error instanceof ConnectionLost) return 'connection';
  if (error instanceof NotCommitted) return 'lost-race';
  const kind = classifyDatabaseError(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return kind !== 'connection' && TROUBLE.test(code) ? 'trouble' : kind;
}
