import type { BenchAccount } from '../workload.js';

/** Quantiles of some latencies, in milliseconds. */
export interface Latencies {
  readonly p50: number;
  readonly p99: number;
}

/** What callers came to. */
export interface Called {
  readonly pairs: number;
  /** From the first call to the last answer. */
  readonly wallMs: number;
  readonly reserve: Latencies;
  readonly settle: Latencies;
  readonly both: Latencies;
}

/** Where the callers' operations go. */
export type Target =
  | { readonly way: 'engine'; readonly url: string; readonly lanes: number; readonly batchMax: number }
  | { readonly way: 'unary' | 'stream'; readonly addresses: readonly string[]; readonly token: string };

/** What a process of callers is asked to do; each is answered once. */
export type Job =
  /** Takes the accounts, and opens connections; those of the target before are closed. */
  | { readonly job: 'connect'; readonly target: Target; readonly accounts: readonly BenchAccount[] }
  /** Closed loop on the accounts from the first to before the last: pair after pair until the time is over. */
  | { readonly job: 'closed'; readonly accounts: AccountRange; readonly callers: number; readonly forMs: number }
  /** One pair on each account, so that each process knows all of them as one that has run for long does. */
  | { readonly job: 'each'; readonly accounts: AccountRange; readonly callers: number }
  /** Open loop: pairs come at random moments, so many a second, whether the ones before are answered or not. */
  | { readonly job: 'open'; readonly accounts: AccountRange; readonly rate: number; readonly forMs: number }
  /** Reserves that nobody settles. */
  | { readonly job: 'hold'; readonly accounts: AccountRange; readonly holds: number }
  | { readonly job: 'close' };

/** From the one to before the other. */
export type AccountRange = readonly [number, number];
