import { setTimeout as delay } from 'node:timers/promises';
import type { Customer } from '../support/customer.js';
import type { Message } from '../support/grpc-client.js';
import { newId } from '../support/ids.js';
import { Endpoint } from './endpoint.js';
import type { Random } from './random.js';
import { type Attempt, ClientRecord, type Entry, type Kind } from './record.js';

const MODEL = 'claude-opus-4-5';
/** A worker's requests are one after another; so many workers have as many commands in flight. */
const WORKERS = 12;
/** What a gateway tries again later, and what it knows then. */
const TRY_AGAIN: Readonly<Record<string, Attempt>> = {
  UNAVAILABLE: 'nothing',
  RESOURCE_EXHAUSTED: 'nothing',
  OUTCOME_UNKNOWN: 'unknown',
};
const RETRY_MAX_MS = 100;

/** A gateway under load: sends commands, sends those again whose outcome it does not know, and writes all down. */
export class Gateway {
  readonly record = new ClientRecord();
  private readonly endpoints: Endpoint[];
  private readonly open = new Map<string, Customer>();
  private waiting: (() => void)[] = [];
  private stopped = false;
  /** While set, no new requests are begun. */
  private paused: Promise<void> | undefined;
  private goOn = (): void => undefined;
  private work: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly random: Random,
    private readonly customers: readonly Customer[],
    token: string,
    endpoints: number,
  ) {
    const onUp = (): void => {
      for (const wake of this.waiting.splice(0)) wake();
    };
    this.endpoints = Array.from({ length: endpoints }, () => new Endpoint(token, onUp));
  }

  /** Tells where one of the services is now. */
  connect(index: number, port: number): void {
    this.endpoints[index]?.connect(port);
  }

  start(): void {
    const workers = Array.from({ length: WORKERS }, () => this.random.fork());
    this.work = Promise.all(workers.map((random) => this.serve(random)));
  }

  /** Begins no new requests until `resume`; those under way go on. */
  pause(): void {
    this.paused = new Promise((resolve) => {
      this.goOn = resolve;
    });
  }

  resume(): void {
    this.paused = undefined;
    this.goOn();
  }

  /** No new requests; those under way come to their end, and so does every reservation that was left open. */
  async finish(): Promise<void> {
    this.stopped = true;
    await this.work;
    await Promise.all([...this.open].map(([id, customer]) => this.release(customer, id)));
  }

  disconnect(): void {
    for (const endpoint of this.endpoints) endpoint.disconnect();
  }

  /** Sends a command until it is answered. */
  async send(entry: Entry): Promise<Message | undefined> {
    for (;;) {
      const answer = await this.attempt({ [entry.kind]: entry.message });
      if (!answer) {
        entry.attempts.push('lost');
        continue;
      }
      const error = answer['error'] as { code: string; retryAfterMs?: string } | undefined;
      const again = error && TRY_AGAIN[error.code];
      entry.attempts.push(again ?? (error ? { refused: error.code } : { told: answer[entry.kind] as Message }));
      if (!again) {
        this.record.answered += 1;
        return error ? undefined : (answer[entry.kind] as Message);
      }
      await delay(Math.min(Number(error.retryAfterMs ?? 0), RETRY_MAX_MS));
    }
  }

  private async attempt(command: Message): Promise<Message | undefined> {
    let up = this.endpoints.filter(({ isUp }) => isUp);
    while (up.length === 0) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
      up = this.endpoints.filter(({ isUp }) => isUp);
    }
    return this.random.pick(up).ask(command);
  }

  private async serve(random: Random): Promise<void> {
    while (!this.stopped) {
      await this.paused;
      const customer = random.pick(this.customers);
      await (random.chance(0.15) ? this.charge(customer, random) : this.request(customer, random));
    }
  }

  /** One request: held, perhaps extended, perhaps settled in parts, and ended, or forgotten. */
  private async request(customer: Customer, random: Random): Promise<void> {
    const { accountId, key, keyId } = customer;
    const id = newId();
    const tokens = random.whole(1, 1000);
    const held = await this.tell('reserve', accountId, {
      id,
      ...(random.chance(0.5) ? { key } : { keyId }),
      candidates: [
        { model: MODEL, quantities: { input_tokens: String(random.whole(1, 5000)), output_tokens: String(tokens) } },
      ],
      // Some holds end while the test runs, and are settled late.
      ttlMs: random.chance(0.1) ? 1000 : 600_000,
    });
    if (!held) return;
    this.open.set(id, customer);
    if (random.chance(0.1))
      await this.tell('extend', accountId, {
        id: newId(),
        reservationId: id,
        accountId,
        holdAmount: '0.06',
        ttlMs: 600_000,
      });
    let used = 0;
    while (random.chance(0.2)) {
      used += random.whole(0, tokens);
      await this.tell('settle', accountId, {
        interim: true,
        id: newId(),
        reservationId: id,
        accountId,
        usage: { output_tokens: String(used) },
      });
    }
    if (random.chance(0.05)) return;
    if (random.chance(0.15)) return this.release(customer, id);
    const usage = { output_tokens: String(used + random.whole(0, tokens)) };
    await this.tell('settle', accountId, { reservationId: id, accountId, usage });
    this.open.delete(id);
    if (random.chance(0.1)) await this.refund(customer, id);
  }

  private async charge(customer: Customer, random: Random): Promise<void> {
    const id = newId();
    const usage = { output_tokens: String(random.whole(0, 1000)) };
    const { accountId, keyId } = customer;
    const charged = await this.tell('charge', accountId, {
      id,
      keyId,
      model: MODEL,
      usage,
      incurred: random.chance(0.5),
    });
    if (charged && random.chance(0.3)) await this.refund(customer, id);
  }

  private async refund({ accountId }: Customer, chargeId: string): Promise<void> {
    await this.tell('refund', accountId, { id: newId(), chargeId, accountId, reason: 'not good enough' });
  }

  private async release({ accountId }: Customer, reservationId: string): Promise<void> {
    await this.tell('release', accountId, { reservationId, accountId });
    this.open.delete(reservationId);
  }

  private tell(kind: Kind, accountId: string, message: Message): Promise<Message | undefined> {
    return this.send(this.record.begin(kind, accountId, message));
  }
}
