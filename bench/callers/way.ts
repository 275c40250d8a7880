import type { BenchAccount } from '../workload.js';

/** Settles what was reserved. */
export type SettleIt = () => Promise<void>;

/** One way to the ledger, or to what stands for it. Both operations reject unless they are carried out. */
export interface Way {
  /** Holds money on the account for one request, for as long as usual unless said. */
  reserve(account: BenchAccount, ttlMs?: number): Promise<SettleIt>;
  close(): Promise<void>;
}
