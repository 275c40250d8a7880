import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '#tollgate/db/migrate.js';
import { startEmbeddedPostgres } from '#tollgate/embedded/embedded-postgres.js';

const BUCKETS = 32;

/** The two databases of a run, in one PostgreSQL, with the same tables. */
export interface Databases {
  readonly engineUrl: string;
  readonly oneByOneUrl: string;
  /** Flushes all dirty pages, so that a measurement does not pay for what came before it. */
  checkpoint(): Promise<void>;
  drop(): Promise<void>;
}

/** In the PostgreSQL of `DATABASE_URL`, whose login must be allowed to create databases; else in one started for the run. */
export async function openDatabases(given: string | undefined): Promise<Databases> {
  const server = given ? { url: given, stop: () => Promise.resolve() } : await startTemporary();
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  const names = ['engine', 'one_by_one'].map((name) => `tollgate_bench_${name}_${process.pid}`);
  const urls: string[] = [];
  for (const name of names) {
    await admin.query(`CREATE DATABASE ${name}`);
    const url = new URL(server.url);
    url.pathname = `/${name}`;
    await migrate(url.href, { buckets: BUCKETS });
    urls.push(url.href);
  }
  return {
    engineUrl: urls[0] ?? '',
    oneByOneUrl: urls[1] ?? '',
    checkpoint: async () => void (await admin.query('CHECKPOINT')),
    drop: async () => {
      for (const name of names) await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.end();
      await server.stop();
    },
  };
}

async function startTemporary(): Promise<{ url: string; stop: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'tollgate-bench-'));
  const server = await startEmbeddedPostgres({ dir });
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
