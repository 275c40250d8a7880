import type { TollgateError } from './errors.js';
import type { Kind, Requests } from './requests.js';

/** One command on its way, from the call that made it to its answer. */
export class Command {
  /** False once its caller was told something: the answer, or why it waits no longer. */
  awaited = true;
  /** True once nothing more is to be done for it. */
  done = false;
  /** How often it left: only then may it have been carried out. */
  sent = 0;
  /** How often the service asked to try again, and when that is: a moment of `performance.now()`. */
  attempts = 0;
  retryAt = 0;
  /** Why the last attempt failed. */
  lastError: TollgateError | undefined;
  #signal: AbortSignal | undefined;
  #onAbort: (() => void) | undefined;

  constructor(
    readonly kind: Kind,
    readonly request: Requests[Kind],
    /** True for what must arrive, its caller waiting or not: settles, releases and incurred charges. */
    readonly owed: boolean,
    /** Until when the caller waits: a moment of `performance.now()`. */
    readonly deadlineAt: number,
    private readonly onAnswer: (value: never) => void,
    private readonly onError: (error: TollgateError) => void,
  ) {}

  /** Calls back when the caller's signal is aborted, while it waits. */
  watch(signal: AbortSignal, onAbort: () => void): void {
    this.#signal = signal;
    this.#onAbort = onAbort;
    signal.addEventListener('abort', onAbort, { once: true });
  }

  resolve(value: unknown): void {
    this.#told();
    this.onAnswer(value as never);
  }

  reject(error: TollgateError): void {
    this.#told();
    this.onError(error);
  }

  /** The command as PipelineCommand has it. What must arrive is sent without a deadline. */
  message(correlation: number, now: number): object {
    const { kind, request } = this;
    const leftMs = Math.ceil(this.deadlineAt - now);
    if (this.owed || leftMs > DEADLINE_MS_MAX) return { correlation, [kind]: request };
    return { correlation, deadlineMs: leftMs > 1 ? leftMs : 1, [kind]: request };
  }

  #told(): void {
    this.awaited = false;
    if (this.#onAbort) this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#onAbort = undefined;
  }
}

/** A uint32 on the wire. */
const DEADLINE_MS_MAX = 0xffff_ffff;
