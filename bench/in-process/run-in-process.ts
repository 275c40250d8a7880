import type { CpuMeter } from '../cpu.js';
import type { Databases } from '../databases.js';
import type { Machine } from '../machine.js';
import type { Options } from '../options.js';
import { Comparison } from './comparison.js';
import { printTable } from './report.js';

/** The engine beside the obvious way, both with their callers in this process. */
export async function runInProcess(
  databases: Databases,
  meter: CpuMeter,
  machine: Machine,
  options: Options,
  load: number,
  note: (text: string) => void,
): Promise<void> {
  const urls = {
    engine: await databases.createEmpty('in_process_engine'),
    oneByOne: await databases.createEmpty('in_process_one_by_one'),
  };
  const measured = await new Comparison(databases, urls, meter, options, note).run();
  printTable(measured, machine, options, load);
}
