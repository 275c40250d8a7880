import { Alarm } from './alarm.js';
import { backoffMs } from './backoff.js';
import { Command } from './command.js';
import { CommandQueue } from './command-queue.js';
import {
  Aborted,
  DeadlineExceeded,
  TollgateError,
  TooManyUnanswered,
  Unavailable,
  ValidationFailed,
} from './errors.js';
import { Link, type LinkOptions } from './link.js';
import type { CallOptions, Kind, Requests, ReserveRequest, UnsentCommand } from './requests.js';
import { type Answer, decodeError, encode } from './wire.js';

/** What the service takes in one message. */
const COMMANDS_MAX = 1000;
const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;

/** Answers after which the same command is sent again. */
const RETRIED: ReadonlySet<string> = new Set(['UNAVAILABLE', 'OUTCOME_UNKNOWN', 'RESOURCE_EXHAUSTED']);

export interface PipelineOptions extends LinkOptions {
  readonly deadlineMs: number;
  readonly unansweredMax: number;
  readonly waitingMax: number;
  readonly unsentMax: number;
  readonly onUnsent: ((command: UnsentCommand, reason: TollgateError) => void) | undefined;
  /** Makes what a caller gets of what the service answered. */
  readonly present: (kind: Kind, request: Requests[Kind], answer: Buffer) => unknown;
}

/**
 * Brings commands to the service and their answers back, over one stream at a time. A command is in one of three places
 * until it is done: it waits to be sent, it was sent and is unanswered, or it waits to be tried again.
 */
export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #link: Link;
  readonly #waiting = new CommandQueue();
  readonly #unanswered = new Map<number, Command>();
  #retries: Command[] = [];
  readonly #deadlines = new Alarm(() => this.#expire());
  readonly #retryAlarm = new Alarm(() => this.#tryAgain());
  #correlation = 0;
  #flushing = false;
  #closed = false;
  /** Commands that must arrive and are not done, and those among them for which no caller waits any more. */
  #owed = 0;
  #kept = 0;
  #onDrained: (() => void)[] = [];

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#link = new Link(options, {
      onAnswers: (answers) => this.#take(answers),
      onReady: () => this.#flush(),
      onBroken: (error, final) => this.#broken(error, final),
    });
  }

  /** Sends a command as soon as it can be, and resolves with what `present` makes of its answer. */
  submit<T>(kind: Kind, request: Requests[Kind], { deadlineMs, signal }: CallOptions = {}): Promise<T> {
    const owed =
      kind === 'settle' || kind === 'release' || (kind === 'charge' && 'incurred' in request && !!request.incurred);
    return new Promise<T>((resolve, reject) => {
      const now = performance.now();
      const deadlineAt = now + (deadlineMs ?? this.#options.deadlineMs);
      const command = new Command(kind, request, owed, deadlineAt, resolve, reject);
      this.#admit(command, now, signal);
    });
  }

  /** Resolves once nothing that must arrive is left unanswered. */
  drained(): Promise<void> {
    if (this.#owed === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onDrained.push(resolve));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#endAll(new Aborted('ABORTED', 'the client was closed before the command was answered'));
    this.#deadlines.stop();
    this.#retryAlarm.stop();
    this.#link.close();
  }

  #admit(command: Command, now: number, signal: AbortSignal | undefined): void {
    if (command.owed) this.#owed += 1;
    const refusal = this.#refusalOf(command);
    if (refusal) {
      this.#giveUp(command, refusal);
      return;
    }
    if (signal?.aborted) {
      this.#stopWaiting(command, abortedBy(signal));
      if (command.done) return;
    } else {
      if (signal) command.watch(signal, () => this.#stopWaiting(command, abortedBy(signal)));
      this.#deadlines.set(command.deadlineAt, now);
    }
    this.#enqueue(command);
  }

  #refusalOf({ owed }: Command): TollgateError | undefined {
    if (this.#closed) return new Aborted('ABORTED', 'the client is closed');
    if (this.#hasRoom(owed)) return undefined;
    return new TooManyUnanswered('TOO_MANY_UNANSWERED', 'too many commands wait in this client');
  }

  /** What must arrive may fill the room of what need not, and some more. */
  #hasRoom(owed: boolean): boolean {
    const { waitingMax, unsentMax } = this.#options;
    return this.#waiting.size + this.#retries.length < (owed ? waitingMax + unsentMax : waitingMax);
  }

  #enqueue(command: Command): void {
    this.#waiting.push(command);
    // A whole message need not wait for the tick to end, and what was sent makes room.
    if (this.#waiting.size >= COMMANDS_MAX) this.#flush();
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    const { unansweredMax } = this.#options;
    while (!this.#closed && this.#waiting.size > 0 && this.#unanswered.size < unansweredMax && this.#link.ready()) {
      const batch = this.#waiting.take(Math.min(COMMANDS_MAX, unansweredMax - this.#unanswered.size));
      if (batch.length > 0) this.#send(batch, performance.now());
    }
  }

  /** Sends commands in one message; in several where they are too large for one, leaving out what cannot be sent. */
  #send(batch: readonly Command[], now: number): void {
    const first = this.#correlation + 1;
    const messages = batch.map((command, index) => command.message((first + index) >>> 0, now));
    const bytes = encoded(messages);
    if (bytes instanceof TollgateError) {
      const [only] = batch;
      if (batch.length === 1 && only) {
        this.#end(only, bytes);
        return;
      }
      const half = batch.length >> 1;
      this.#send(batch.slice(0, half), now);
      this.#send(batch.slice(half), now);
      return;
    }
    for (const command of batch) {
      this.#correlation = (this.#correlation + 1) >>> 0;
      this.#unanswered.set(this.#correlation, command);
      command.sent += 1;
    }
    this.#link.write(bytes);
  }

  #take(answers: readonly Answer[]): void {
    for (const answer of answers) {
      const { correlation, answer: kind } = answer;
      const command = this.#unanswered.get(correlation);
      this.#unanswered.delete(correlation);
      const bytes = kind && answer[kind];
      if (!bytes || !command || command.done) continue;
      if (kind === 'error') this.#refused(command, decodeError(bytes));
      else if (kind === command.kind) this.#answered(command, bytes);
    }
    if (this.#waiting.size > 0) this.#flush();
  }

  #answered(command: Command, bytes: Buffer): void {
    if (command.awaited) command.resolve(this.#options.present(command.kind, command.request, bytes));
    else this.#kept -= 1;
    this.#finish(command);
  }

  #refused(command: Command, error: TollgateError): void {
    if (!RETRIED.has(error.code)) {
      this.#end(command, error);
      return;
    }
    const now = performance.now();
    command.lastError = error;
    command.retryAt = now + Math.max(error.retryAfterMs ?? 0, backoffMs(command.attempts));
    command.attempts += 1;
    this.#retries.push(command);
    this.#retryAlarm.set(command.retryAt, now);
  }

  #tryAgain(): void {
    const now = performance.now();
    const later: Command[] = [];
    let next = Number.POSITIVE_INFINITY;
    for (const command of this.#retries) {
      if (command.done) continue;
      if (command.retryAt <= now) this.#enqueue(command);
      else {
        later.push(command);
        next = Math.min(next, command.retryAt);
      }
    }
    this.#retries = later;
    this.#retryAlarm.set(next, now);
  }

  /** Ends a command with the service's refusal: its caller is told, or else whoever hears of what is unsent. */
  #end(command: Command, error: TollgateError): void {
    if (command.awaited) command.reject(error);
    else {
      this.#kept -= 1;
      this.#tellUnsent(command, error);
    }
    this.#finish(command);
    // Of this attempt the service knows that it was too late; an earlier one, whose answer was lost, may have held money.
    if (error instanceof DeadlineExceeded && command.sent > 1) this.#releaseLost(command);
  }

  /** Ends a command that may have been carried out or not. */
  #giveUp(command: Command, error: TollgateError): void {
    if (command.awaited) command.reject(error);
    else this.#kept -= 1;
    if (command.owed) this.#tellUnsent(command, error);
    this.#finish(command);
  }

  #finish(command: Command): void {
    command.done = true;
    if (!command.owed) return;
    this.#owed -= 1;
    if (this.#owed > 0) return;
    for (const resolve of this.#onDrained.splice(0)) resolve();
  }

  /** The caller waits no longer. What must arrive is kept and sent all the same, as far as there is room. */
  #stopWaiting(command: Command, error: TollgateError): void {
    command.reject(error);
    if (!command.owed) {
      this.#finish(command);
      this.#releaseLost(command);
      return;
    }
    this.#kept += 1;
    if (this.#kept > this.#options.unsentMax) this.#giveUp(command, error);
  }

  /** A reserve that nobody waits for may still come to hold money: its release ends it, whichever of them comes first. */
  #releaseLost({ kind, sent, request: lost }: Command): void {
    if (kind !== 'reserve' || sent === 0 || this.#closed || !this.#hasRoom(true)) return;
    const { id = '', key, keyId } = lost as ReserveRequest;
    const request = { reservationId: id, ...(key !== undefined && { key }), ...(keyId !== undefined && { keyId }) };
    const ignored = (): void => undefined;
    const command = new Command('release', request, true, Number.POSITIVE_INFINITY, ignored, ignored);
    this.#owed += 1;
    this.#enqueue(command);
  }

  #expire(): void {
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const command of this.#all()) {
      if (!command.awaited || command.done) continue;
      if (command.deadlineAt > now) next = Math.min(next, command.deadlineAt);
      else this.#stopWaiting(command, passed(command));
    }
    this.#waiting.compact();
    this.#deadlines.set(next, now);
  }

  #broken(error: TollgateError, final: boolean): void {
    if (final) {
      this.#endAll(error);
      return;
    }
    const again: Command[] = [];
    for (const command of this.#unanswered.values()) {
      if (command.done) continue;
      command.lastError = error;
      again.push(command);
    }
    this.#unanswered.clear();
    this.#waiting.putFirst(again);
    for (const command of this.#waiting) command.lastError ??= error;
  }

  #endAll(error: TollgateError): void {
    const all = this.#all();
    this.#unanswered.clear();
    this.#retries = [];
    for (const command of all) if (!command.done) this.#giveUp(command, error);
    this.#waiting.compact();
  }

  #all(): Command[] {
    return [...this.#unanswered.values(), ...this.#waiting, ...this.#retries];
  }

  #tellUnsent({ kind, request }: Command, reason: TollgateError): void {
    const { onUnsent } = this.#options;
    // On its own: what it throws is its own fault, and must not keep other commands from their end.
    if (onUnsent) queueMicrotask(() => onUnsent({ kind, request } as UnsentCommand, reason));
  }
}

/** The message's bytes, or why there can be none. */
function encoded(messages: readonly object[]): Buffer | TollgateError {
  try {
    const bytes = encode(messages);
    if (bytes.length <= MESSAGE_BYTES_MAX) return bytes;
    return new ValidationFailed('VALIDATION', `expected a command of at most ${MESSAGE_BYTES_MAX} bytes`);
  } catch (cause) {
    return new ValidationFailed('VALIDATION', 'expected a request with the fields of its type', { cause });
  }
}

function abortedBy(signal: AbortSignal): Aborted {
  return new Aborted('ABORTED', 'the signal was aborted', { cause: signal.reason });
}

function passed({ lastError }: Command): DeadlineExceeded {
  const why = lastError instanceof Unavailable ? `: ${lastError.message}` : '';
  return new DeadlineExceeded('DEADLINE_EXCEEDED', `no answer came before the deadline${why}`, { cause: lastError });
}
