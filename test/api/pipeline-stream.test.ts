import { Duplex } from 'node:stream';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import type { CallContext } from '../../src/api/grpc/call-context.js';
import type { Faults } from '../../src/api/grpc/faults.js';
import { PipelineStream } from '../../src/api/grpc/pipeline-stream.js';
import type { SpendCommands } from '../../src/api/grpc/spend-commands.js';
import type { PipelineRequest } from '../../src/api/grpc/spend-requests.js';
import { type Refusal, refuse } from '../../src/core/ledger/outcome.js';
import type { Ledger } from '../../src/ledger/ledger.js';

/** What a stream may have answered and not taken: 8 MiB by its rough size, and what came with the last message. */
const HELD_BYTES_MAX = 8 * 1024 * 1024;

/** A connection whose other side takes messages when the test says so. */
class SlowCall extends Duplex {
  readonly written: { answers: object[] }[] = [];
  private takers: (() => void)[] = [];

  constructor() {
    super({ objectMode: true });
  }

  getDeadline(): number {
    return Number.POSITIVE_INFINITY;
  }

  override _read(): void {
    // Messages are pushed by the test.
  }

  override _write(message: { answers: object[] }, _encoding: string, done: () => void): void {
    this.written.push(message);
    this.takers.push(done);
  }

  /** Takes all that is written until nothing more comes. */
  async takeAll(): Promise<void> {
    do {
      for (const done of this.takers.splice(0)) done();
      await turn();
    } while (this.takers.length > 0);
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const refusedWith = (text: string): Refusal => refuse('INSUFFICIENT_BALANCE', text);

/** A stream whose commands are all answered so. */
function openStream(answer: () => Promise<Refusal>) {
  const call = new SlowCall();
  let submitted = 0;
  const ledger = {
    submit: () => {
      submitted += 1;
      return answer();
    },
  };
  const context = { requestId: 'a-request', principal: { tokenId: 'a-token', scopes: new Set() } };
  const stream = new PipelineStream(
    call as unknown as ServerDuplexStream<PipelineRequest, object>,
    context as unknown as CallContext,
    { make: () => Promise.resolve({}) } as unknown as SpendCommands,
    ledger as unknown as Ledger,
    { refusalOf: () => refuse('INTERNAL', 'the test is wrong') } as unknown as Faults,
    () => Promise.resolve(undefined),
    () => undefined,
  );
  stream.open();
  let correlation = 0;
  return {
    call,
    submitted: () => submitted,
    /** Sends a message, and lets the stream do with it what it can. */
    send: async (commands: number, text = ''): Promise<void> => {
      call.push({
        commands: Array.from({ length: commands }, () => {
          correlation += 1;
          return { correlation, command: 'release', release: { reservationId: text } };
        }),
      });
      await turn();
      await turn();
    },
  };
}

describe('a stream whose answers are not taken', () => {
  it('is not read any more once there are too many, and is read on when they are taken', async () => {
    const { call, send, submitted } = openStream(async () => refusedWith('no'));
    for (let message = 0; message < 200; message += 1) await send(500);
    expect(call.isPaused()).toBe(true);
    const carriedOut = submitted();
    expect(carriedOut).toBeLessThan(20_000);
    await send(500);
    expect(submitted()).toBe(carriedOut);
    await call.takeAll();
    expect(submitted()).toBe(201 * 500);
    expect(call.written.flatMap(({ answers }) => answers)).toHaveLength(201 * 500);
    expect(call.isPaused()).toBe(false);
  });

  it('is not read any more once they are too large, however few they are', async () => {
    const { call, send, submitted } = openStream(async () => refusedWith('x'.repeat(100_000)));
    for (let message = 0; message < 50; message += 1) await send(10);
    expect(call.isPaused()).toBe(true);
    expect(submitted() * 100_000).toBeLessThan(HELD_BYTES_MAX + 2_000_000);
    await call.takeAll();
    expect(submitted()).toBe(500);
    for (const { answers } of call.written) expect(answers.length).toBeLessThan(10);
  });
});

describe('a stream whose commands are under way', () => {
  it('is not read any more once they are too large, however few they are, and is read on when they are answered', async () => {
    const underWay: ((refusal: Refusal) => void)[] = [];
    const { call, send, submitted } = openStream(() => new Promise((resolve) => underWay.push(resolve)));
    for (let message = 0; message < 5; message += 1) await send(1000, 'x'.repeat(4000));
    expect(call.isPaused()).toBe(true);
    expect(submitted()).toBe(3000);
    for (const answer of underWay.splice(0)) answer(refusedWith('no'));
    await turn();
    await call.takeAll();
    expect(submitted()).toBe(5000);
  });
});
