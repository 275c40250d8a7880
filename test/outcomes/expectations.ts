import { expect } from '@jest/globals';
import type { Outcome } from '../../src/core/ledger/outcome.js';
import type { Expected } from './table.js';

/** Checks an outcome against its row; the row's number is in the message. */
export function checkOutcome(outcome: Outcome, expected: Expected, row: string): void {
  const named = outcome.ok ? (outcome.replayed ? 'replayed' : 'ok') : outcome.code;
  if (typeof expected === 'string') {
    expect(`${row}: ${named}`).toBe(`${row}: ${expected}`);
    return;
  }
  expect(`${row}: ${named}`).toBe(`${row}: ok`);
  if (outcome.ok) expect({ row, value: outcome.value }).toMatchObject({ row, value: expected });
}
