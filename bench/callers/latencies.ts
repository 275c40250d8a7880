import { quantile } from '../numbers.js';
import type { Called, Latencies } from './jobs.js';

/** Collects how long reserves and settles took. */
export class LatencyLog {
  private readonly reserves: number[] = [];
  private readonly settles: number[] = [];

  reserved(ms: number): void {
    this.reserves.push(ms);
  }

  settled(ms: number): void {
    this.settles.push(ms);
  }

  summary(wallMs: number): Called {
    const { reserves, settles } = this;
    const both = Float64Array.from(reserves.concat(settles));
    return {
      pairs: settles.length,
      wallMs,
      reserve: quantiles(Float64Array.from(reserves)),
      settle: quantiles(Float64Array.from(settles)),
      both: quantiles(both),
    };
  }
}

function quantiles(latencies: Float64Array): Latencies {
  latencies.sort();
  return { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) };
}
