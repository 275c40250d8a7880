/** One figure on which the service and the gateway's own record do not agree. */
export interface Disagreement {
  readonly what: string;
  readonly expected: string;
  readonly got: string;
}

/** Compares what the service says with what the demo worked out by itself, and keeps count. */
export class Agreement {
  readonly disagreements: Disagreement[] = [];
  #compared = 0;

  /** How many figures were compared. */
  get compared(): number {
    return this.#compared;
  }

  /** True where both are the same. */
  same(what: string, expected: string | boolean | number, got: string | boolean | number | undefined): boolean {
    this.#compared += 1;
    if (expected === got) return true;
    this.disagreements.push({ what, expected: String(expected), got: String(got) });
    return false;
  }
}
