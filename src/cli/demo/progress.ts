/** Tells how far something is while it runs: one line that changes on a terminal, else a line now and then. */
export class Progress {
  readonly #everyMs: number;
  #lastAt = 0;
  #shown = false;

  constructor(
    private readonly out: NodeJS.WriteStream,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#everyMs = out.isTTY ? 100 : 1000;
  }

  /** Says how far it is, unless that was said a moment ago. */
  show(text: () => string): void {
    if (this.now() - this.#lastAt < this.#everyMs) return;
    this.#lastAt = this.now();
    if (!this.out.isTTY) {
      this.out.write(`  ${text()}\n`);
      return;
    }
    this.out.write(`\r\x1b[2K  ${text()}`.slice(0, (this.out.columns || 80) + 4));
    this.#shown = true;
  }

  /** Says what is done, in place of how far it was. */
  done(text: string): void {
    if (this.#shown) this.out.write('\r\x1b[2K');
    this.#shown = false;
    this.out.write(`${text}\n`);
  }
}
