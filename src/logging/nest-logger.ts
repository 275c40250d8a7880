import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

/** What the framework and its providers say, in the process's own log. Nest hands the speaker's name last. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  /** How the framework wires itself up is of no use to an operator. */
  log(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(fieldsOf(rest), String(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.logger.error(fieldsOf(rest), String(message));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn(fieldsOf(rest), String(message));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(fieldsOf(rest), String(message));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.logger.trace(fieldsOf(rest), String(message));
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.logger.fatal(fieldsOf(rest), String(message));
  }
}

function fieldsOf(rest: readonly unknown[]): object {
  const context = rest.at(-1);
  const stack = rest.length > 1 ? rest[0] : undefined;
  return { ...(typeof context === 'string' ? { from: context } : {}), ...(typeof stack === 'string' ? { stack } : {}) };
}
