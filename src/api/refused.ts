import { type Refusal, type RefusalCode, refuse } from '../core/ledger/outcome.js';

/** Ends a call at the edge with a named refusal. */
export class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.message);
    this.name = 'Refused';
  }
}

export function refused(
  code: RefusalCode,
  message: string,
  more: Omit<Refusal, 'ok' | 'code' | 'message'> = {},
): Refused {
  return new Refused(refuse(code, message, more));
}

/** A field that is wrong: which, and what was expected. */
export function invalid(field: string, expected: string, allowed?: readonly string[]): Refused {
  return refused('VALIDATION', `expected ${expected}`, allowed ? { field, allowed } : { field });
}
