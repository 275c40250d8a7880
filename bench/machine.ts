import { cpus, totalmem } from 'node:os';
import { performance } from 'node:perf_hooks';
import type pg from 'pg';
import { connect } from './connect.js';
import { median } from './numbers.js';

const SHOWN = [
  'server_version',
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'shared_buffers',
  'wal_init_zero',
  'min_wal_size',
  'max_wal_size',
  'autovacuum',
] as const;
const FLUSHES = 100;

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  /** How long a commit that writes one row takes by itself: what the disk's flush costs. */
  readonly commitMs: number;
  readonly settings: Readonly<Record<(typeof SHOWN)[number], string>>;
}

/**
 * Describes what the figures were measured on.
 *
 * @throws Error where a commit does not mean that the disk has it: such figures are worth nothing.
 */
export async function describeMachine(url: string): Promise<Machine> {
  const client = await connect(url);
  try {
    const settings = {} as Record<(typeof SHOWN)[number], string>;
    for (const name of SHOWN) {
      const { rows } = await client.query<{ value: string | null }>('SELECT current_setting($1, true) AS value', [
        name,
      ]);
      settings[name] = rows[0]?.value ?? '-';
    }
    if (settings.fsync !== 'on' || settings.synchronous_commit !== 'on') {
      throw new Error(
        `fsync is ${settings.fsync} and synchronous_commit is ${settings.synchronous_commit}: both must be on`,
      );
    }
    const [first] = cpus();
    return {
      cpu: first?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      node: process.version,
      commitMs: await measureCommit(client),
      settings,
    };
  } finally {
    await client.end();
  }
}

async function measureCommit(client: pg.Client): Promise<number> {
  await client.query('CREATE TABLE bench_commit (n int)');
  const took: number[] = [];
  for (let n = 0; n < FLUSHES; n += 1) {
    const since = performance.now();
    await client.query('INSERT INTO bench_commit VALUES ($1)', [n]);
    took.push(performance.now() - since);
  }
  await client.query('DROP TABLE bench_commit');
  return median(took);
}
