import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogLevel } from '../config/config.js';

/** The injection token of the process's logger. */
export const LOGGER = 'LOGGER';

/** No caller hands these to the log; should one slip through in an error's fields, it is not written. */
const SECRETS = ['token', 'secret', 'key', 'password', 'authorization', 'connectionString', 'url'];

const LEVEL_NAMES: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

/** The log goes to standard error: lines of JSON, or lines for a person where that is a terminal. */
export function createLogger(level: LogLevel, terminal = process.stderr.isTTY === true): Logger {
  const options = {
    level,
    base: null,
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[secret]' },
  };
  return terminal ? pino(options, lineWriter()) : pino(options, pino.destination({ dest: 2, sync: true }));
}

function lineWriter(): DestinationStream {
  return { write: (line) => void process.stderr.write(`${readable(line)}\n`) };
}

/** One log line as a person reads it: when, how bad, what, and the other fields behind it. */
export function readable(line: string): string {
  const { time, level, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const clock = new Date(Number(time)).toISOString().slice(11, 23);
  const fields = Object.entries(rest).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const stack = err && typeof err === 'object' && 'stack' in err ? `\n${String(err.stack)}` : '';
  return [clock, LEVEL_NAMES[Number(level)] ?? level, msg, ...fields].join(' ') + stack;
}
