import { type ClientDuplexStream, status } from '@grpc/grpc-js';
import type { Connection } from './connection.js';
import type { Latencies } from './latencies.js';
import type { Refusal, Reply, SpendAnswers, SpendKind, SpendRequests } from './messages.js';

/** The most commands that one message may carry. */
const COMMANDS_MAX = 1000;

type AnswerMessage = { readonly correlation?: number; readonly answer: string; readonly error?: Refusal } & {
  readonly [kind: string]: unknown;
};

interface Waiting {
  readonly kind: SpendKind;
  readonly sentAt: number;
  resolve(reply: Reply<never>): void;
  reject(error: Error): void;
}

/**
 * SpendService.Pipeline: many commands over one stream. What is asked for in one turn of the event loop leaves in one
 * message, and answers find their command by its correlation number.
 */
export class Pipeline {
  readonly #call: ClientDuplexStream<object, object>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #closed: Promise<void>;
  #outbox: object[] = [];
  #flushing = false;
  #writable = true;
  #correlation = 0;
  #failure: Error | undefined;

  constructor(
    connection: Connection,
    private readonly latencies: Latencies,
  ) {
    this.#call = connection.duplex('SpendService', 'Pipeline');
    this.#call.on('data', (message: { answers?: readonly AnswerMessage[] }) => {
      for (const answer of message.answers ?? []) this.#settle(answer);
    });
    this.#call.on('drain', () => {
      this.#writable = true;
      this.#flush();
    });
    this.#closed = new Promise((resolve) => {
      this.#call.on('error', (error) => this.#fail(error));
      this.#call.on('status', ({ code, details }) => {
        this.#fail(new Error(`the pipeline ended with ${status[code]} ${details}`));
        resolve();
      });
    });
  }

  /** Sends a command and waits for its answer. Rejects only if the stream breaks. */
  submit<K extends SpendKind>(kind: K, request: SpendRequests[K]): Promise<Reply<SpendAnswers[K]>> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      const correlation = ++this.#correlation;
      this.#waiting.set(correlation, { kind, sentAt: performance.now(), resolve, reject });
      this.#outbox.push({ correlation, [kind]: request });
      if (this.#flushing) return;
      this.#flushing = true;
      setImmediate(() => {
        this.#flushing = false;
        this.#flush();
      });
    });
  }

  async close(): Promise<void> {
    this.#call.end();
    await this.#closed;
  }

  #flush(): void {
    while (this.#writable && this.#outbox.length > 0) {
      this.#writable = this.#call.write({ commands: this.#outbox.splice(0, COMMANDS_MAX) });
    }
  }

  #settle({ correlation = 0, answer, error, ...values }: AnswerMessage): void {
    const waiting = this.#waiting.get(correlation);
    if (!waiting) {
      this.#fail(new Error(`an answer came for ${correlation}, which nobody waits for`));
      return;
    }
    this.#waiting.delete(correlation);
    this.latencies.add(waiting.kind, performance.now() - waiting.sentAt);
    if (error) waiting.resolve({ ok: false, refusal: error });
    else waiting.resolve({ ok: true, value: values[answer] as never });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}
