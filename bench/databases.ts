import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { migrate } from '#tollgate/db/migrate.js';
import { startEmbeddedPostgres } from '#tollgate/embedded/embedded-postgres.js';
import { connect } from './connect.js';

const BUCKETS = 32;

/** The databases of a run, all in one PostgreSQL. */
export class Databases {
  private readonly names: string[] = [];

  private constructor(
    private readonly serverUrl: string,
    private readonly admin: pg.Client,
    private readonly stopServer: () => Promise<void>,
  ) {}

  /** In the PostgreSQL of `DATABASE_URL`, whose login must be allowed to create databases; else in one started for the run. */
  static async open(given: string | undefined): Promise<Databases> {
    const server = given ? { url: given, stop: () => Promise.resolve() } : await startTemporary();
    return new Databases(server.url, await connect(server.url), server.stop);
  }

  /** The database that everything else is created from: where settings are read and processor time is told. */
  get adminUrl(): string {
    return this.serverUrl;
  }

  /** A ledger without accounts. */
  async createEmpty(name: string): Promise<string> {
    const url = await this.create(name, '');
    await migrate(url, { buckets: BUCKETS });
    return url;
  }

  /** The same as another, to which nobody may be connected. */
  createCopy(name: string, of: string): Promise<string> {
    return this.create(name, `TEMPLATE ${nameOf(of)}`);
  }

  /** Flushes all dirty pages, so that a measurement does not pay for what came before it. */
  async checkpoint(): Promise<void> {
    await this.admin.query('CHECKPOINT');
  }

  async drop(): Promise<void> {
    try {
      for (const name of this.names) await this.admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await this.admin.end();
    } finally {
      await this.stopServer();
    }
  }

  private async create(name: string, options: string): Promise<string> {
    const full = `tollgate_bench_${name}_${process.pid}`;
    await this.admin.query(`CREATE DATABASE ${full} ${options}`);
    this.names.push(full);
    const url = new URL(this.serverUrl);
    url.pathname = `/${full}`;
    return url.href;
  }
}

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1);
}

async function startTemporary(): Promise<{ url: string; stop: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'tollgate-bench-'));
  // As root the database runs as another user, who must be able to pass through; else it lies elsewhere, and stays.
  await chmod(dir, 0o711);
  const server = await startEmbeddedPostgres({ dir });
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
