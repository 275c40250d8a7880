import { serveJobs } from '../serve-jobs.js';
import type { BenchAccount } from '../workload.js';
import { openEngine } from './engine-way.js';
import type { AccountRange, Called, Job, Target } from './jobs.js';
import { closedLoop, eachOnce, hold, openLoop } from './loops.js';
import { openStream } from './stream-way.js';
import { openUnary } from './unary-way.js';
import type { Way } from './way.js';

/* A process of callers: it connects to one target at a time, and calls as it is asked to. */

let ways: readonly Way[] = [];
let known: readonly BenchAccount[] = [];

serveJobs<Job>(async (job): Promise<Called | true> => {
  const accounts = ([from, to]: AccountRange) => known.slice(from, to);
  switch (job.job) {
    case 'connect':
      await closeAll();
      known = job.accounts;
      ways = await open(job.target);
      return true;
    case 'closed':
      return closedLoop(ways, accounts(job.accounts), job.callers, job.forMs);
    case 'each':
      return eachOnce(ways, accounts(job.accounts), job.callers);
    case 'open':
      return openLoop(first(), accounts(job.accounts), job.rate, job.forMs);
    case 'hold':
      await hold(first(), accounts(job.accounts), job.holds);
      return true;
    case 'close':
      await closeAll();
      return true;
  }
});

async function open(target: Target): Promise<Way[]> {
  if (target.way === 'engine') return [await openEngine(target)];
  const { way, addresses, token } = target;
  return addresses.map((address) => (way === 'unary' ? openUnary(address, token) : openStream(address, token)));
}

async function closeAll(): Promise<void> {
  await Promise.all(ways.map((way) => way.close()));
  ways = [];
}

function first(): Way {
  const [way] = ways;
  if (!way) throw new Error('not connected');
  return way;
}
