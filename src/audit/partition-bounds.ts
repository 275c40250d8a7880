import type pg from 'pg';

interface Bounds {
  readonly name: string;
  /** Ids in canonical form, so that they compare as text; undefined where the partition takes whatever is left. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** Which ids each partition of the journal and the transfers may hold. */
export class PartitionBounds {
  private constructor(private readonly byOid: ReadonlyMap<string, Bounds>) {}

  static async read(client: pg.ClientBase): Promise<PartitionBounds> {
    const { rows } = await client.query<{ oid: string; name: string; bound: string }>(
      `SELECT c.oid::text AS oid, c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound
       FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
       WHERE i.inhparent IN ('journal'::regclass, 'transfer'::regclass)`,
    );
    return new PartitionBounds(
      new Map(
        rows.map(({ oid, name, bound }) => {
          const [, from, to] = bound.match(/FROM \('([0-9a-f-]{36})'\) TO \('([0-9a-f-]{36})'\)/) ?? [];
          return [oid, { name, from, to }];
        }),
      ),
    );
  }

  /** What is wrong with an id in that partition; undefined where nothing is. */
  wrong(oid: string, id: string): string | undefined {
    const bounds = this.byOid.get(oid);
    if (!bounds?.from || !bounds.to) return `it is in ${bounds?.name ?? 'a partition'}, which has no bounds`;
    return id >= bounds.from && id < bounds.to ? undefined : `it is in ${bounds.name}, which begins at ${bounds.from}`;
  }
}
