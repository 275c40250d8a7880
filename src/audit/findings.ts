import type { Rule, VerifyFinding } from './events.js';

/** Of one rule so many offending rows are told one by one; the others are only counted. */
const TOLD_OF_A_RULE = 20;

/** What was found so far. */
export class Findings {
  private readonly counts = new Map<Rule, number>();
  private fresh: VerifyFinding[] = [];
  private told = 0;

  constructor(private readonly max: number) {}

  add(rule: Rule, message: string, at: Readonly<Record<string, string | number>>): void {
    const count = (this.counts.get(rule) ?? 0) + 1;
    this.counts.set(rule, count);
    if (count > TOLD_OF_A_RULE || this.full) return;
    this.told += 1;
    const place = Object.fromEntries(Object.entries(at).map(([name, value]) => [name, String(value)]));
    this.fresh.push({ type: 'finding', rule, message, at: place });
  }

  /** Whether so much was told that there is no use in looking for more. */
  get full(): boolean {
    return this.told >= this.max;
  }

  get count(): number {
    let sum = 0;
    for (const count of this.counts.values()) sum += count;
    return sum;
  }

  /** What was found since the last call. */
  take(): VerifyFinding[] {
    const { fresh } = this;
    this.fresh = [];
    return fresh;
  }
}

/** How many rows of each kind were checked. */
export class Counts {
  readonly byKind: Record<string, number> = {};

  add(kind: string, count = 1): void {
    this.byKind[kind] = (this.byKind[kind] ?? 0) + count;
  }
}
