import type { Loaded } from './loaded.js';

/**
 * Before which moment nothing can be overdue in each bucket, as this process has seen it under the bucket's lock. It
 * stays true: every later hold expires after the moment at which it is made or extended, and a bucket's moments never
 * go back but with a database that was set back, which the statement that reads by it looks out for.
 */
export class SettledUntil {
  private readonly moments = new Map<number, number>();

  /** For each bucket, in milliseconds since 1970; 0 where nothing is known. */
  of(buckets: readonly number[]): number[] {
    return buckets.map((bucket) => this.moments.get(bucket) ?? 0);
  }

  /** Takes what a batch has read while it held the locks of its buckets. */
  learn(loaded: Loaded): void {
    for (const { bucket, now } of loaded.logs.values()) {
      this.moments.set(bucket, Math.min(now, loaded.firstOverdue.get(bucket) ?? now));
    }
  }

  /** After a lost connection another database, with another past, may answer. */
  forget(): void {
    this.moments.clear();
  }
}
