import type pg from 'pg';

/** One prepared statement: its name is that of what it does, so that each connection plans it once. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Sends a statement; on a pipelined connection it is on its way before the one before has answered. */
export function send<R extends pg.QueryResultRow>(
  connection: pg.ClientBase,
  statement: Statement,
  values: readonly (string | number | Buffer | null)[],
): Promise<pg.QueryResult<R>> {
  return connection.query<R>({ name: statement.name, text: statement.text, values: [...values] });
}

/**
 * Waits for all of a pipeline and throws the first failure in the order of sending: in an aborted transaction every
 * later statement fails too, but only with 25P02, which says nothing.
 */
export async function all<T extends readonly Promise<unknown>[]>(
  sent: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const settled = await Promise.allSettled(sent);
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return settled.map((result) => (result as PromiseFulfilledResult<unknown>).value) as {
    -readonly [K in keyof T]: Awaited<T[K]>;
  };
}
