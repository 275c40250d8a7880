import type pg from 'pg';

/** Makes the database of a test fail on demand: what it raises comes from PostgreSQL as any other error of its does. */
export async function installFaults(owner: pg.Pool): Promise<void> {
  await owner.query(`
    CREATE SEQUENCE fault_count;
    CREATE TABLE fault (code text NOT NULL, times integer NOT NULL);
    CREATE FUNCTION raise_fault() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    DECLARE wanted fault;
    BEGIN
      SELECT * INTO wanted FROM fault;
      IF FOUND AND nextval('fault_count') <= wanted.times THEN
        RAISE EXCEPTION 'made to fail' USING ERRCODE = wanted.code;
      END IF;
      RETURN NULL;
    END $$;
    CREATE TRIGGER fault BEFORE INSERT ON journal FOR EACH STATEMENT EXECUTE FUNCTION raise_fault();`);
}

/** Lets so many appends from now on fail with that code; 0 is none. */
export async function failAppends(owner: pg.Pool, code: string, times: number): Promise<void> {
  await owner.query(`SELECT setval('fault_count', 1, false)`);
  await owner.query('DELETE FROM fault');
  await owner.query('INSERT INTO fault VALUES ($1, $2)', [code, times]);
}

/** How many appends have been tried since. */
export async function triedAppends(owner: pg.Pool): Promise<number> {
  const { rows } = await owner.query(
    'SELECT CASE WHEN is_called THEN last_value ELSE 0 END::int AS tried FROM fault_count',
  );
  return rows[0].tried;
}
