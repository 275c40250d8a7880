/** How long answers took, by the kind of command. */
export class Latencies {
  readonly #ms = new Map<string, number[]>();

  add(kind: string, ms: number): void {
    const known = this.#ms.get(kind);
    if (known) known.push(ms);
    else this.#ms.set(kind, [ms]);
  }

  get count(): number {
    let count = 0;
    for (const { length } of this.#ms.values()) count += length;
    return count;
  }

  /** For each kind: how many, and within which time so many hundredths of the answers came. */
  summary(): {
    readonly kind: string;
    readonly count: number;
    readonly p50: number;
    readonly p99: number;
    readonly max: number;
  }[] {
    return [...this.#ms].map(([kind, all]) => {
      const sorted = Float64Array.from(all).sort();
      const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
      return { kind, count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
    });
  }
}
