import type { z } from 'zod';
import { type BookIssue, checkBook } from './check-book.js';
import { type PriceBook, priceBookSchema } from './price-book.js';

export type ParsedBook =
  | { readonly ok: true; readonly book: PriceBook }
  | { readonly ok: false; readonly issues: readonly BookIssue[] };

/**
 * Reads the JSON of a price book. Every issue names its place in the file and what was expected there. The shape is
 * checked first; what the parts mean together (ambiguous rates, values out of a dimension) only of a book whose shape is right.
 */
export function parseBook(content: unknown): ParsedBook {
  const parsed = priceBookSchema.safeParse(content);
  const issues = parsed.success ? checkBook(parsed.data) : parsed.error.issues.flatMap(shapeIssues);
  return parsed.success && issues.length === 0 ? { ok: true, book: parsed.data } : { ok: false, issues };
}

function shapeIssues(issue: z.core.$ZodIssue): BookIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: pathOf([...issue.path, key]), expected: issue.message }));
  }
  const expected = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  return [{ path: pathOf(issue.path), expected }];
}

/** The path of a place in a file, as one writes it: `models[3].rates[0].per`. */
function pathOf(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path)
    text += typeof part === 'number' ? `[${part}]` : text === '' ? String(part) : `.${String(part)}`;
  return text;
}
