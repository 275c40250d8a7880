import type { Command } from './command.js';

/** Commands that wait to be sent, first come first served. */
export class CommandQueue {
  #commands: Command[] = [];
  #head = 0;

  get size(): number {
    return this.#commands.length - this.#head;
  }

  push(command: Command): void {
    this.#commands.push(command);
  }

  /** Puts commands before all others: those that were sent before, and have to be sent again. */
  putFirst(commands: readonly Command[]): void {
    this.#commands = [...commands, ...this.#commands.slice(this.#head)];
    this.#head = 0;
  }

  /** Takes out up to so many commands, leaving aside those that are done. */
  take(max: number): Command[] {
    const taken: Command[] = [];
    while (taken.length < max && this.#head < this.#commands.length) {
      const command = this.#commands[this.#head];
      this.#head += 1;
      if (command && !command.done) taken.push(command);
    }
    if (this.#head === this.#commands.length) {
      this.#commands = [];
      this.#head = 0;
    } else if (this.#head > this.#commands.length / 2) {
      this.#commands = this.#commands.slice(this.#head);
      this.#head = 0;
    }
    return taken;
  }

  /** Throws out those that are done. */
  compact(): void {
    this.#commands = this.#commands.slice(this.#head).filter(({ done }) => !done);
    this.#head = 0;
  }

  *[Symbol.iterator](): Generator<Command> {
    for (let index = this.#head; index < this.#commands.length; index += 1) {
      const command = this.#commands[index];
      if (command) yield command;
    }
  }
}
