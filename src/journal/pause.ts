/** A wait that doubles while nothing happens, and that anybody may end. */
export class Pause {
  private delayMs: number;
  private timer: NodeJS.Timeout | undefined;
  private resolve: (() => void) | undefined;

  constructor(
    private readonly firstMs: number,
    private readonly maxMs: number,
  ) {
    this.delayMs = firstMs;
  }

  wait(): Promise<void> {
    const delayMs = this.delayMs;
    this.delayMs = Math.min(delayMs * 2, this.maxMs);
    return new Promise((resolve) => {
      this.resolve = resolve;
      this.timer = setTimeout(resolve, delayMs);
    });
  }

  /** Ends the wait that is under way, and makes the next ones short again. */
  end(): void {
    clearTimeout(this.timer);
    this.resolve?.();
    this.reset();
  }

  reset(): void {
    this.delayMs = this.firstMs;
  }
}
