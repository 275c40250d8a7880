import { isDeepStrictEqual } from 'node:util';
import { firstDifference } from '../core/ledger/replay.js';

/**
 * What the first difference between two rows is: `value.amount is 3, expected 4`; undefined where they are equal. Most
 * are, and a field that is undefined counts as none.
 */
export function differenceOf(found: object, expected: object): string | undefined {
  if (isDeepStrictEqual(found, expected)) return undefined;
  const path = firstDifference(found, expected);
  return path === undefined ? undefined : `${path} is ${textAt(found, path)}, expected ${textAt(expected, path)}`;
}

/** The path is in snake case, as callers write fields; meters and the like are written as they are. */
function textAt(value: unknown, path: string): string {
  let at = value;
  for (const part of path.split(/[.[\]]+/).filter((text) => text !== '')) {
    if (typeof at !== 'object' || at === null) return 'nothing';
    const fields = new Map(Object.entries(at));
    at = fields.get(part) ?? fields.get(part.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
  }
  if (at === undefined || at === null) return 'nothing';
  return typeof at === 'object'
    ? JSON.stringify(at, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part))
    : String(at);
}
