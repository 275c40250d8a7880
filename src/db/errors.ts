/**
 * What an error of the database means for what was being done:
 * - `lost-race`: another transaction came first (the fence, a serialization failure, a deadlock, a lock held for too long). Nothing was changed.
 * - `duplicate`: a unique key is taken. Nothing was changed.
 * - `bad-command`: the data itself is refused, so trying again is no use. Nothing was changed.
 * - `connection`: the connection is gone or could not be made. What was under way may or may not have happened.
 * - `other`: anything else, such as a missing right or a bug.
 */
export type DatabaseErrorKind = 'lost-race' | 'duplicate' | 'bad-command' | 'connection' | 'other';

/**
 * 22012 is the division by zero that the append's fence is made of; 55P03 is a lock that was not to be had in time;
 * 26000 a statement that was to be prepared by a transaction before it in the pipeline, which failed.
 */
const LOST_RACE = new Set(['22012', '40001', '40P01', '55P03', '26000']);
/** Too many connections; a session ended for being idle in its transaction or for taking too long; a server that is only a standby now. */
const CONNECTION = new Set(['53300', '25P03', '25P04', '25006']);
const SYSTEM = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
]);
/** The driver says these without a code. */
const DRIVER_MESSAGE =
  /^Connection terminated|^Client has encountered a connection error|^timeout expired|^timeout exceeded when trying to connect|^Client was closed|^Query read timeout|socket (hang up|has been ended)/i;

export function classifyDatabaseError(error: unknown): DatabaseErrorKind {
  if (!(error instanceof Error)) return 'other';
  // A refused connection to a name with several addresses comes as one error that holds one for each.
  if (error instanceof AggregateError && error.errors.some((inner) => classifyDatabaseError(inner) === 'connection'))
    return 'connection';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (LOST_RACE.has(code)) return 'lost-race';
  if (code === '23505') return 'duplicate';
  if (CONNECTION.has(code) || SYSTEM.has(code) || code.startsWith('08') || code.startsWith('57P')) return 'connection';
  if (/^2[23][0-9A-Z]{3}$/.test(code)) return 'bad-command';
  return DRIVER_MESSAGE.test(error.message) ? 'connection' : 'other';
}
