import { type ClientDuplexStream, status } from '@grpc/grpc-js';
import type { BenchAccount } from '../workload.js';
import { newRequests } from './requests.js';
import { SpendClient } from './spend-client.js';
import type { SettleIt, Way } from './way.js';

/** The most commands that one message may carry. */
const COMMANDS_MAX = 1_000;

interface Answer {
  readonly correlation?: number;
  readonly error?: { readonly code?: string; readonly message?: string };
}

interface Waiting {
  resolve(): void;
  reject(error: Error): void;
}

/**
 * SpendService.Pipeline: what is asked for in one turn of the event loop leaves in one message, and answers find their
 * command by its correlation number.
 */
export class StreamWay implements Way {
  private readonly client: SpendClient;
  private readonly call: ClientDuplexStream<object, object>;
  private readonly waiting = new Map<number, Waiting>();
  private readonly ended: Promise<void>;
  private outbox: object[] = [];
  private flushing = false;
  private writable = true;
  private correlation = 0;

  constructor(address: string, token: string) {
    this.client = new SpendClient(address, token);
    this.call = this.client.pipeline();
    this.call.on('data', ({ answers = [] }: { answers?: readonly Answer[] }) => {
      for (const answer of answers) this.take(answer);
    });
    this.call.on('drain', () => {
      this.writable = true;
      this.flush();
    });
    this.ended = new Promise((resolve) => {
      this.call.on('error', () => undefined);
      this.call.on('status', ({ code, details }) => {
        const broken = new Error(`the stream ended with ${status[code]} ${details}`);
        for (const { reject } of this.waiting.values()) reject(broken);
        this.waiting.clear();
        resolve();
      });
    });
  }

  async reserve(account: BenchAccount): Promise<SettleIt> {
    const { reserve, settle } = newRequests(account);
    await this.send({ reserve });
    return () => this.send({ settle });
  }

  async close(): Promise<void> {
    this.call.end();
    await this.ended;
    this.client.close();
  }

  private send(command: object): Promise<void> {
    return new Promise((resolve, reject) => {
      this.correlation += 1;
      const { correlation } = this;
      this.waiting.set(correlation, { resolve, reject });
      this.outbox.push({ correlation, ...command });
      if (this.flushing) return;
      this.flushing = true;
      setImmediate(() => {
        this.flushing = false;
        this.flush();
      });
    });
  }

  private flush(): void {
    while (this.writable && this.outbox.length > 0)
      this.writable = this.call.write({ commands: this.outbox.splice(0, COMMANDS_MAX) });
  }

  private take({ correlation = 0, error }: Answer): void {
    const waiting = this.waiting.get(correlation);
    this.waiting.delete(correlation);
    if (error) waiting?.reject(new Error(`refused: ${error.code} ${error.message}`));
    else waiting?.resolve();
  }
}
