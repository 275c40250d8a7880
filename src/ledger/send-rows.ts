import type pg from 'pg';
import { plainArray } from './array-literal.js';
import { type Statement, send } from './statement.js';

/** Turns placed rows into one array for each column, the buckets first, and sends them if there are any. */
export function sendRows<P extends { readonly bucket: number }>(
  connection: pg.Client,
  statement: Statement,
  rows: readonly P[],
  columns: (placed: readonly P[]) => (string | Buffer)[],
  filtered: boolean,
): Promise<unknown>[] {
  if (rows.length === 0) return [];
  const buckets = plainArray(rows.map((row) => row.bucket));
  return [send(connection, statement, [...(filtered ? [buckets] : []), buckets, ...columns(rows)])];
}
