import pg from 'pg';

/** A connection of the benchmark's own. When it breaks, its next query tells: the event alone would end the process. */
export async function connect(url: string, applicationName = 'bench'): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: applicationName });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
