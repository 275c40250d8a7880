import { performance } from 'node:perf_hooks';
import type { CpuMeter } from '../cpu.js';
import { quantile } from '../numbers.js';
import { type BenchAccount, newReserve, newSettle, type Submit, succeed, type Workload } from '../workload.js';

/** What one round came to. */
export interface Round {
  readonly pairsPerSecond: number;
  /** Milliseconds from submitting one operation to its answer, over all operations of the round. */
  readonly p50: number;
  readonly p99: number;
  /** Microseconds of processor time for a pair: of the process that decides, and of PostgreSQL if it runs on this machine. */
  readonly ownCpu: number;
  readonly databaseCpu: number | undefined;
}

/**
 * Closed loop: as many callers as said, each doing pair after pair until the time is over. The round lasts until the
 * last of them is answered.
 */
export async function measureRound(
  submit: Submit,
  workload: Workload,
  callers: number,
  forMs: number,
  meter: CpuMeter,
): Promise<Round> {
  const latencies: number[] = [];
  const timed: Submit = async (command) => {
    const since = performance.now();
    const outcome = await submit(command);
    latencies.push(performance.now() - since);
    return outcome;
  };
  let pairs = 0;
  const start = performance.now();
  const caller = async (): Promise<void> => {
    while (performance.now() < start + forMs) {
      await runPair(timed, anyOf(workload.accounts));
      pairs += 1;
    }
  };
  const cpu = await meter.measure(() => Promise.all(Array.from({ length: callers }, caller)));
  latencies.sort((a, b) => a - b);
  return {
    pairsPerSecond: (pairs * 1000) / cpu.wallMs,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    ownCpu: cpu.own / pairs,
    databaseCpu: cpu.database === undefined ? undefined : cpu.database / pairs,
  };
}

async function runPair(submit: Submit, account: BenchAccount): Promise<void> {
  const reserve = newReserve(account);
  await succeed(submit, reserve);
  await succeed(submit, newSettle(reserve));
}

function anyOf(accounts: readonly BenchAccount[]): BenchAccount {
  return accounts[Math.floor(Math.random() * accounts.length)] as BenchAccount;
}
