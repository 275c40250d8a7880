import { mkdir, writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';

const FOLDER = 'bench/results';

/** Runs the work under the CPU profiler of this process and leaves the profile in `bench/results`. */
export async function profiled<T>(name: string, work: () => Promise<T>): Promise<T> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 500 });
  await session.post('Profiler.start');
  const result = await work();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  await mkdir(FOLDER, { recursive: true });
  await writeFile(`${FOLDER}/${name}.cpuprofile`, JSON.stringify(profile));
  return result;
}
