import { readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import pg from 'pg';

/** Linux counts the time of processes in hundredths of a second, whatever its own clock ticks at. */
const TICK_MICROS = 10_000;

/** What some work took: milliseconds on the wall, microseconds of processor time. */
export interface Took {
  readonly wallMs: number;
  /** Of this process. */
  readonly own: number;
  /** Of PostgreSQL's processes; undefined where they cannot be looked at, because they run elsewhere. */
  readonly database: number | undefined;
}

/**
 * Tells processor time, which other work on the machine hardly changes, unlike the time on the wall.
 * Processes that end between two looks (an autovacuum worker) are left out.
 */
export class CpuMeter {
  private constructor(private readonly client: pg.Client) {}

  static async open(url: string): Promise<CpuMeter> {
    const client = new pg.Client({ connectionString: url, application_name: 'bench-cpu' });
    await client.connect();
    return new CpuMeter(client);
  }

  async close(): Promise<void> {
    await this.client.end();
  }

  async measure(work: () => Promise<unknown>): Promise<Took> {
    const before = await this.databaseMicros();
    const ownBefore = process.cpuUsage();
    const since = performance.now();
    await work();
    const wallMs = performance.now() - since;
    const own = process.cpuUsage(ownBefore);
    const after = await this.databaseMicros();
    let database: number | undefined;
    for (const [pid, micros] of after) database = (database ?? 0) + micros - (before.get(pid) ?? 0);
    return { wallMs, own: own.user + own.system, database };
  }

  private async databaseMicros(): Promise<Map<number, number>> {
    const { rows } = await this.client.query<{ pid: number }>(
      'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()',
    );
    const micros = new Map<number, number>();
    for (const { pid } of rows) {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      // The name of the program stands in brackets and may have blanks in it.
      const [, name = '', fields = ''] = /\((.*)\) (.*)/.exec(stat) ?? [];
      if (!name.startsWith('postgres')) continue;
      const [userTicks, systemTicks] = fields.split(' ').slice(11, 13).map(Number);
      micros.set(pid, ((userTicks ?? 0) + (systemTicks ?? 0)) * TICK_MICROS);
    }
    return micros;
  }
}
