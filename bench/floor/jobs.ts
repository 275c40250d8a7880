import type { AccountRange } from '../callers/jobs.js';
import type { BenchAccount } from '../workload.js';

/** What the floor's process is asked to do; each is answered once. */
export type FloorJob =
  | { readonly job: 'connect'; readonly url: string; readonly accounts: readonly BenchAccount[] }
  | { readonly job: 'run'; readonly accounts: AccountRange; readonly batchPairs: number; readonly forMs: number };

/** What the floor wrote; latencies are those of whole batches. */
export interface Floored {
  readonly reserves: number;
  readonly pairs: number;
  readonly wallMs: number;
  readonly p50: number;
  readonly p99: number;
}
