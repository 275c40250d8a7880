import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { STREAMS_OF_TOKEN_MAX } from '../../src/api/grpc/pipeline-streams.js';
import { bucketOf } from '../../src/core/ledger/ids.js';
import { Ledger } from '../../src/ledger/ledger.js';
import { type Customer, openCustomer } from '../support/customer.js';
import { METHODS, type Message, type PipelineClient, type TestClient } from '../support/grpc-client.js';
import { newId } from '../support/ids.js';
import { startTestService, type TestService } from '../support/service.js';
import { waitFor } from '../support/waiting.js';

const PIPELINE = '/tollgate.v1.SpendService/Pipeline';
const MODEL = 'claude-opus-4-5';

const BATCH_MAX = 100;

let service: TestService;
/** Who does wrong, and who must not feel it. */
let client: TestClient;
let modest: TestClient;
let customer: Customer;

beforeAll(async () => {
  service = await startTestService({ env: { LANES: '1', BATCH_MAX: String(BATCH_MAX) } });
  client = await service.client();
  modest = await service.client('spend');
  customer = await openCustomer(client, '100000');
});

afterAll(() => service.stop());

const chargeOf = (id = newId(), more: Message = {}): Message => ({
  charge: { id, key: customer.key, model: MODEL, usage: { output_tokens: '1' }, ...more },
});

/** That the service goes on for somebody else, on a stream and without. */
async function expectServed(): Promise<void> {
  const stream = modest.pipeline();
  expect(await stream.ask(1, chargeOf())).toMatchObject({ answer: 'charge' });
  stream.end();
  expect(await stream.ended).toBeUndefined();
  await modest.call('KeyService/Authenticate', { key: customer.key });
}

/** Holds what the engine does for the customer at a lock, while the work runs. */
async function whileLocked(work: () => Promise<void>): Promise<void> {
  const blocker = await service.owner.connect();
  const bucket = bucketOf(customer.accountId, service.app.get(Ledger).buckets);
  try {
    await blocker.query('BEGIN');
    await blocker.query('SELECT 1 FROM bucket WHERE bucket = $1 FOR UPDATE', [bucket]);
    await work();
  } finally {
    await blocker.query('ROLLBACK');
    blocker.release();
  }
}

/** Sends commands in messages of their own kind, and waits until the service has taken all of them. */
async function sendAll(stream: PipelineClient, commands: readonly Message[], inMessage: number): Promise<void> {
  for (let at = 0; at < commands.length; at += inMessage) {
    const some = commands.slice(at, at + inMessage);
    stream.send({ commands: some.map((command, index) => ({ correlation: at + index, ...command })) });
  }
  // That they have arrived is known by the answer to one that is refused at the edge, and comes after them.
  expect(await stream.ask(commands.length, {})).toMatchObject({ answer: 'error' });
}

describe('a greedy stream', () => {
  it('does not delay a modest one: its commands are in the next batches', async () => {
    const greedy = client.pipeline();
    const other = modest.pipeline();
    for (const stream of [greedy, other])
      expect(await stream.ask(9999, chargeOf())).toMatchObject({ answer: 'charge' });
    const [many, few] = [4000, 10].map((count) => Array.from({ length: count }, () => newId())) as [string[], string[]];
    const chargesOf = (ids: readonly string[]): Message[] => ids.map((id) => chargeOf(id));
    await whileLocked(async () => {
      await sendAll(greedy, chargesOf(many), 1000);
      await sendAll(other, chargesOf(few), few.length);
    });
    for (const stream of [greedy, other]) {
      stream.end();
      expect(await stream.ended).toBeUndefined();
    }
    const { rows } = await service.owner.query<{ command_id: string }>(
      'SELECT command_id FROM journal WHERE account_id = $1 AND command_id = ANY($2) ORDER BY position',
      [customer.accountId, [...many, ...few]],
    );
    expect(rows).toHaveLength(many.length + few.length);
    const order = new Map(rows.map(({ command_id }, place) => [command_id, place]));
    // At most two batches were under way, and then each has its turn.
    for (const [index, id] of few.entries()) expect(order.get(id)).toBeLessThan(2 * BATCH_MAX + 2 * (index + 1));
  });
});

describe('a stream', () => {
  it('that never reads its answers is served no further, harms nobody, and gets all of them when it reads', async () => {
    const method = METHODS.get(PIPELINE);
    const call = client.channel.makeBidiStreamRequest(
      PIPELINE,
      (message: object) => method?.requestSerialize(message) as Buffer,
      (bytes: Buffer) => method?.responseDeserialize(bytes) as { answers: object[] },
      client.metadata,
    );
    const count = 30_000;
    for (let at = 0; at < count; at += 1000)
      call.write({ commands: Array.from({ length: 1000 }, (_, index) => ({ correlation: at + index })) });
    call.end();
    await expectServed();
    let answered = 0;
    call.on('data', ({ answers }: { answers: object[] }) => {
      answered += answers.length;
    });
    const { code } = await new Promise<{ code: status }>((resolve) => call.on('status', resolve));
    expect([code, answered]).toEqual([status.OK, count]);
  });

  it('gets large answers in messages that a client accepts', async () => {
    // Three bytes a character, of 256 in 16 tags: 12 KiB an answer, and 6 MiB in a batch of 500.
    const tags = Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`tag-${n}`, '€'.repeat(256)]));
    const other = await startTestService({ on: service, env: { LANES: '1' } });
    const stream = (await other.client()).pipeline();
    const charges = Array.from({ length: 1000 }, () => chargeOf(newId(), { tags }));
    await whileLocked(() => sendAll(stream, charges, 250));
    stream.end();
    expect(await stream.ended).toBeUndefined();
    const answers = charges.map((_, correlation) => stream.answers.get(correlation));
    expect(answers.filter((answer) => answer?.['answer'] !== 'charge')).toEqual([]);
    await other.stop();
  });

  it('that uses a number twice at once ends with a name, and nothing of that message is carried out', async () => {
    const stream = client.pipeline();
    expect(await stream.ask(7, chargeOf())).toMatchObject({ answer: 'charge' });
    // A number is free again once its command is answered.
    expect(await stream.ask(7, chargeOf())).toMatchObject({ answer: 'charge' });
    const ids = [newId(), newId(), newId()];
    stream.send({ commands: ids.map((id, index) => ({ correlation: index === 2 ? 0 : index, ...chargeOf(id) })) });
    expect(await stream.ended).toMatchObject({ code: 'VALIDATION', field: 'commands[2].correlation' });
    const { rowCount } = await service.owner.query('SELECT 1 FROM journal WHERE command_id = ANY($1)', [ids]);
    expect(rowCount).toBe(0);
    await expectServed();
  });

  it('that uses a number twice over two messages ends with a name, and what came before is answered', async () => {
    const stream = client.pipeline();
    await whileLocked(async () => {
      stream.send({ commands: [{ correlation: 3, ...chargeOf() }] });
      stream.send({ commands: [{ correlation: 3, ...chargeOf() }] });
      // What came over the same connection after it is answered: it has arrived.
      await client.call('KeyService/Authenticate', { key: customer.key });
    });
    expect(await stream.ended).toMatchObject({ code: 'VALIDATION', field: 'commands[0].correlation' });
    expect(stream.answers.get(3)).toMatchObject({ answer: 'charge' });
  });

  it('that is cancelled with commands under way leaves them to be carried out', async () => {
    const stream = client.pipeline();
    const ids = Array.from({ length: 500 }, () => newId());
    await whileLocked(async () => {
      await sendAll(
        stream,
        ids.map((id) => chargeOf(id)),
        500,
      );
      stream.cancel();
      expect(await stream.ended).toMatchObject({ grpcCode: status.CANCELLED });
    });
    await expectServed();
    await waitFor('its commands to be carried out', async () => {
      const { rowCount } = await service.owner.query('SELECT 1 FROM journal WHERE command_id = ANY($1)', [ids]);
      return rowCount === ids.length;
    });
  });

  it.each([
    ['beyond 4 MiB', 4 * 1024 * 1024 + 1, { code: 'RESOURCE_EXHAUSTED', grpcCode: status.RESOURCE_EXHAUSTED }],
    ['beyond what the transport takes', 17 * 1024 * 1024, { grpcCode: status.RESOURCE_EXHAUSTED }],
  ])('with a message %s ends with a name', async (_, size, expected) => {
    const stream = client.pipeline();
    expect(await stream.ask(1, chargeOf())).toMatchObject({ answer: 'charge' });
    stream.send(Buffer.alloc(size));
    expect(await stream.ended).toMatchObject(expected);
    await expectServed();
  });
});

describe('a token', () => {
  it('may open so many streams and no more, whoever else opens some, and others when those are over', async () => {
    const own = await service.client('spend');
    const opened = Array.from({ length: STREAMS_OF_TOKEN_MAX }, () => own.pipeline());
    for (const stream of opened) expect(await stream.ask(1, chargeOf())).toMatchObject({ answer: 'charge' });
    const over = Array.from({ length: 1000 }, () => own.pipeline());
    for (const stream of over)
      expect(await stream.ended).toMatchObject({ code: 'RESOURCE_EXHAUSTED', retryAfterMs: 1000 });
    await expectServed();
    for (const stream of opened) expect(await stream.ask(2, chargeOf())).toMatchObject({ answer: 'charge' });
    opened[0]?.end();
    expect(await opened[0]?.ended).toBeUndefined();
    const another = own.pipeline();
    expect(await another.ask(1, chargeOf())).toMatchObject({ answer: 'charge' });
    for (const stream of [another, ...opened.slice(1)]) stream.cancel();
    // A cancelled stream is over when the service has heard of it.
    await waitFor('the cancelled streams to be over', async () => {
      const again = own.pipeline();
      const answered = await Promise.race([again.ask(1, chargeOf()), again.ended]);
      again.end();
      return answered !== undefined && 'answer' in answered;
    });
  });
});

describe('bytes that are no stream of messages', () => {
  let session: ClientHttp2Session;
  beforeAll(() => {
    session = connect(`http://127.0.0.1:${service.port}`);
  });
  afterAll(() => session.destroy());

  function open(headers: Readonly<Record<string, string>> = {}): ClientHttp2Stream {
    return session.request({
      ':method': 'POST',
      ':path': PIPELINE,
      'content-type': 'application/grpc',
      te: 'trailers',
      authorization: String(client.metadata.get('authorization')[0]),
      ...headers,
    });
  }

  /** The gRPC status that it ends with, in its trailers, or in its headers where nothing else came. */
  function statusOf(stream: ClientHttp2Stream): Promise<number> {
    return new Promise((resolve) => {
      const look = (headers: Readonly<Record<string, unknown>>): void => {
        if (headers['grpc-status'] !== undefined) resolve(Number(headers['grpc-status']));
      };
      stream.on('response', look);
      stream.on('trailers', look);
      stream.on('error', () => undefined);
      stream.resume();
    });
  }

  /** The beginning of a message of so many bytes. */
  function headOf(length: number, compressed = 0): Buffer {
    const head = Buffer.alloc(5);
    head.writeUInt8(compressed, 0);
    head.writeUInt32BE(length, 1);
    return head;
  }

  it('are refused by a status where they announce more than there may be', async () => {
    const stream = open();
    const ended = statusOf(stream);
    stream.write(headOf(2 ** 32 - 1));
    expect(await ended).toBe(status.RESOURCE_EXHAUSTED);
    await expectServed();
    stream.destroy();
  });

  it('are refused by a status where they do not unpack', async () => {
    const stream = open({ 'grpc-encoding': 'gzip' });
    const ended = statusOf(stream);
    stream.write(Buffer.concat([headOf(4, 1), Buffer.from('nope')]));
    expect(await ended).toBe(status.INTERNAL);
    await expectServed();
    stream.destroy();
  });

  it('are waited for where a message never ends, and nobody else waits', async () => {
    const stream = open();
    stream.write(headOf(1_000_000));
    stream.write(Buffer.alloc(500_000));
    await expectServed();
    const ended = statusOf(stream);
    stream.end();
    await expectServed();
    // What is cut off is no message: the stream has none, and ends well.
    expect(await ended).toBe(status.OK);
  });
});
