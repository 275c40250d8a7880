/**
 * Before which moment no reservation of a bucket is held any more, as this process has seen it. It stays true: every
 * later hold expires after the moment at which it is made or extended, and a bucket's moments never go back but with a
 * database that was set back, which the statement that reads by it looks out for.
 */
export class SettledUntil {
  private readonly moments = new Map<number, number>();

  /** For each bucket, in milliseconds since 1970; 0 where nothing is known. */
  of(buckets: readonly number[]): number[] {
    return buckets.map((bucket) => this.moments.get(bucket) ?? 0);
  }

  /** Takes the moment before which none was found, which must not lie after the bucket's own last moment. */
  learn(bucket: number, moment: number): void {
    this.moments.set(bucket, moment);
  }

  /** After a lost connection another database, with another past, may answer. */
  clear(): void {
    this.moments.clear();
  }
}
