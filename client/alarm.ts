/** How fine moments are told apart, in milliseconds: all that is due within this goes in one call. */
const GRAIN_MS = 10;
/** The longest that a timer can be set for. */
const TIMER_MS_MAX = 0x7fff_ffff;

/**
 * One timer for many moments. It is only ever set to the earliest: whoever is called looks for what is due and sets it
 * anew. So a command costs a comparison, and no timer of its own.
 */
export class Alarm {
  #at = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly onDue: () => void) {}

  /** Sees to it that the callback comes at that moment of `performance.now()`, or before. */
  set(at: number, now: number): void {
    if (at >= this.#at || at === Number.POSITIVE_INFINITY) return;
    clearTimeout(this.#timer);
    this.#at = at;
    this.#timer = setTimeout(() => this.#ring(), Math.min(Math.max(at - now, GRAIN_MS), TIMER_MS_MAX));
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#at = Number.POSITIVE_INFINITY;
  }

  #ring(): void {
    this.#at = Number.POSITIVE_INFINITY;
    this.onDue();
  }
}
