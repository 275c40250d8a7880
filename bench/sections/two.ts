import type { Stage } from '../stage.js';
import type { ServiceInUse } from './closed.js';
import { type Compared, compare } from './compared.js';
import { startServed } from './ways.js';

/** Two processes of the service on one database, each with half of the callers, against one. */
export async function runTwo(stage: Stage, { url, service, stream }: ServiceInUse): Promise<Compared[]> {
  const second = await stage.startService('service-2', url);
  const both = await startServed(stage, 'stream', [service, second], url);
  const compared = await compare(
    stage,
    stage.options.workloads.flatMap((workload) => [
      { workload, what: 'one process', way: stream },
      { workload, what: 'two processes', way: both },
    ]),
  );
  await both.client.end();
  await second.child.end();
  return compared;
}
