import { readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import type pg from 'pg';
import { connect } from './connect.js';

/** Linux counts the time of processes in hundredths of a second, whatever its own clock ticks at. */
const TICK_MICROS = 10_000;

/** What some work took: milliseconds on the wall, microseconds of processor time. */
export interface Took {
  readonly wallMs: number;
  /** Of this process. */
  readonly own: number;
  /** Of PostgreSQL's processes; undefined where they cannot be looked at, because they run elsewhere. */
  readonly database: number | undefined;
  /** Of the processes that were named, in their order; undefined where they cannot be looked at. */
  readonly processes: readonly (number | undefined)[];
}

/**
 * Tells processor time, which other work on the machine hardly changes, unlike the time on the wall.
 * Processes that end between two looks (an autovacuum worker) are left out.
 */
export class CpuMeter {
  private constructor(private readonly client: pg.Client) {}

  static async open(url: string): Promise<CpuMeter> {
    return new CpuMeter(await connect(url, 'bench-cpu'));
  }

  async close(): Promise<void> {
    await this.client.end();
  }

  async measure(work: () => Promise<unknown>, pids: readonly number[] = []): Promise<Took> {
    const before = await this.databaseMicros();
    const processesBefore = await Promise.all(pids.map(microsOf));
    const ownBefore = process.cpuUsage();
    const since = performance.now();
    await work();
    const wallMs = performance.now() - since;
    const own = process.cpuUsage(ownBefore);
    const processesAfter = await Promise.all(pids.map(microsOf));
    const after = await this.databaseMicros();
    let database: number | undefined;
    for (const [pid, micros] of after) database = (database ?? 0) + micros - (before.get(pid) ?? 0);
    const processes = processesAfter.map((micros, index) => difference(micros, processesBefore[index]));
    return { wallMs, own: own.user + own.system, database, processes };
  }

  private async databaseMicros(): Promise<Map<number, number>> {
    const { rows } = await this.client.query<{ pid: number }>(
      'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()',
    );
    const micros = new Map<number, number>();
    for (const { pid } of rows) {
      const stat = await statOf(pid);
      if (stat?.name.startsWith('postgres')) micros.set(pid, stat.micros);
    }
    return micros;
  }
}

function difference(after: number | undefined, before: number | undefined): number | undefined {
  return after === undefined || before === undefined ? undefined : after - before;
}

async function microsOf(pid: number): Promise<number | undefined> {
  return (await statOf(pid))?.micros;
}

/** Undefined where there is no such process on this machine, or no such file system. */
async function statOf(pid: number): Promise<{ name: string; micros: number } | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name of the program stands in brackets and may have blanks in it.
  const [, name, fields = ''] = /\((.*)\) (.*)/.exec(stat) ?? [];
  if (name === undefined) return undefined;
  const [userTicks, systemTicks] = fields.split(' ').slice(11, 13).map(Number);
  return { name, micros: ((userTicks ?? 0) + (systemTicks ?? 0)) * TICK_MICROS };
}
