import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TokenStore } from '../../src/tokens/tokens.js';
import { availableOf, type Customer, codeOf, openCustomer } from '../support/customer.js';
import type { Message, TestClient } from '../support/grpc-client.js';
import { newId } from '../support/ids.js';
import { startTestService, type TestService } from '../support/service.js';
import { waitFor } from '../support/waiting.js';

const MODEL = 'claude-opus-4-5';
const candidates = [{ model: MODEL, quantities: { input_tokens: '1000', output_tokens: '1000' } }];

const ENGINE_WAITS = `SELECT 1 FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'tollgate-engine' AND wait_event_type = 'Lock'`;

let service: TestService;
let client: TestClient;
let customer: Customer;

beforeAll(async () => {
  service = await startTestService();
  client = await service.client();
  customer = await openCustomer(client, '1000');
});

afterAll(() => service.stop());

const reserveOf = (id: string): Message => ({ reserve: { id, key: customer.key, candidates } });

describe('Pipeline', () => {
  it('carries every command, and answers each with its correlation', async () => {
    const stream = client.pipeline();
    const { accountId, key } = customer;
    const [id, charge] = [newId(), newId()];
    expect(await stream.ask(0, reserveOf(id))).toMatchObject({
      answer: 'reserve',
      reserve: { reservationId: id, hold: '0.054' },
    });
    expect(
      await stream.ask(1, { extend: { id: newId(), reservationId: id, accountId, holdAmount: '0.1' } }),
    ).toMatchObject({ extend: { hold: '0.1' } });
    expect(await stream.ask(2, { settle: { reservationId: id, key, usage: { output_tokens: '100' } } })).toMatchObject({
      settle: { charged: { amount: '0.0045' } },
    });
    expect(await stream.ask(3, { release: { reservationId: newId(), accountId } })).toMatchObject({
      release: { unknown: true },
    });
    expect(
      await stream.ask(4, { charge: { id: charge, key, model: MODEL, usage: { output_tokens: '100' } } }),
    ).toMatchObject({
      charge: { charged: { chargeId: charge } },
    });
    expect(
      await stream.ask(4_294_967_295, { refund: { id: newId(), chargeId: charge, accountId, reason: 'all' } }),
    ).toMatchObject({
      correlation: 4_294_967_295,
      refund: { amount: '0.0045' },
    });
    stream.end();
    expect(await stream.ended).toBeUndefined();
  });

  it('answers many commands in few messages, and all before it ends', async () => {
    const stream = client.pipeline();
    const count = 1000;
    stream.send({
      commands: Array.from({ length: count }, (_, correlation) => ({ correlation, ...reserveOf(newId()) })),
    });
    stream.end();
    expect(await stream.ended).toBeUndefined();
    expect(stream.answers.size).toBe(count);
    expect([...stream.answers.values()].every(({ answer }) => answer === 'reserve')).toBe(true);
    expect(stream.messages).toBeLessThan(50);
  });

  it('keeps going over what is refused, and says why as a unary call does', async () => {
    const stream = client.pipeline();
    const bad = {
      reserve: { id: newId(), key: customer.key, candidates: [{ model: MODEL, quantities: { output_tokens: '-1' } }] },
    };
    expect(await stream.ask(1, bad)).toMatchObject({
      answer: 'error',
      error: {
        code: 'VALIDATION',
        grpcStatus: 3,
        field: 'candidates[0].quantities.output_tokens',
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    });
    const much = {
      reserve: {
        id: newId(),
        key: customer.key,
        candidates: [{ model: MODEL, quantities: { output_tokens: '1000000000' } }],
      },
    };
    expect(await stream.ask(2, much)).toMatchObject({
      error: {
        code: 'INSUFFICIENT_BALANCE',
        grpcStatus: 9,
        details: { reason: 'no_funds', asset: 'USD', required: '45000' },
      },
    });
    expect(await stream.ask(3, { reserve: { id: newId(), key: 'nv_nobodys', candidates } })).toMatchObject({
      error: { code: 'AUTHENTICATION_FAILED' },
    });
    expect(await stream.ask(4, {})).toMatchObject({ error: { code: 'VALIDATION', field: 'command' } });
    expect(await stream.ask(5, reserveOf(newId()))).toMatchObject({ answer: 'reserve' });
    stream.end();
    expect(await stream.ended).toBeUndefined();
  });

  it('does not carry out a command whose time is over', async () => {
    const stream = client.pipeline();
    const id = newId();
    const blocker = await service.owner.connect();
    try {
      await blocker.query('BEGIN');
      await blocker.query('SELECT 1 FROM bucket FOR UPDATE');
      const first = stream.ask(1, reserveOf(newId()));
      await waitFor(
        'the engine to wait for the lock',
        async () => (await service.owner.query(ENGINE_WAITS)).rowCount === 1,
      );
      // One batch is at the lock and a second sent behind it, as the answer to what came after that one shows: what comes
      // now waits in the queue.
      const second = stream.ask(5, reserveOf(newId()));
      expect(await stream.ask(6, {})).toMatchObject({ answer: 'error' });
      const late = stream.ask(2, { deadlineMs: 1, ...reserveOf(id) });
      const inTime = stream.ask(3, { deadlineMs: 20_000, ...reserveOf(newId()) });
      // That it has arrived is known by the answer to one that is refused at the edge, and comes after it.
      expect(await stream.ask(4, {})).toMatchObject({ answer: 'error' });
      const arrived = Date.now();
      await waitFor('its deadline', () => Date.now() > arrived + 2);
      await blocker.query('COMMIT');
      expect(await first).toMatchObject({ answer: 'reserve' });
      expect(await second).toMatchObject({ answer: 'reserve' });
      expect(await late).toMatchObject({ error: { code: 'DEADLINE_EXCEEDED', grpcStatus: 4 } });
      expect(await inTime).toMatchObject({ answer: 'reserve' });
    } finally {
      blocker.release();
    }
    const find = client.call('SpendService/GetReservation', { reservationId: id, accountId: customer.accountId });
    expect(await codeOf(find)).toBe('RESERVATION_NOT_FOUND');
    stream.end();
  });

  it('ends with a name over a message that cannot be read, after answering what came before', async () => {
    const stream = client.pipeline();
    stream.send({ commands: [{ correlation: 7, ...reserveOf(newId()) }] });
    stream.send(Buffer.from([0x0f]));
    const ended = await stream.ended;
    expect(ended).toMatchObject({ code: 'VALIDATION', grpcCode: 3 });
    expect(ended?.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(stream.answers.get(7)).toMatchObject({ answer: 'reserve' });
    const another = client.pipeline();
    expect(await another.ask(1, reserveOf(newId()))).toMatchObject({ answer: 'reserve' });
    another.end();
  });

  it('ends over a message of too many commands', async () => {
    const stream = client.pipeline();
    stream.send({ commands: Array.from({ length: 1001 }, (_, correlation) => ({ correlation })) });
    expect(await stream.ended).toMatchObject({ code: 'VALIDATION', field: 'commands' });
  });

  it('is not opened without a token that may', async () => {
    expect(await service.clientWith(undefined).pipeline().ended).toMatchObject({ code: 'AUTHENTICATION_FAILED' });
    expect(await (await service.client('finance')).pipeline().ended).toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  it('stops accepting when its token is revoked', async () => {
    const own = await service.client('spend');
    const stream = own.pipeline();
    expect(await stream.ask(1, reserveOf(newId()))).toMatchObject({ answer: 'reserve' });
    await service.app.get(TokenStore).revoke(own.tokenId);
    const id = newId();
    expect(await stream.ask(2, reserveOf(id))).toMatchObject({ error: { code: 'AUTHENTICATION_FAILED' } });
    expect(
      await codeOf(client.call('SpendService/GetReservation', { reservationId: id, accountId: customer.accountId })),
    ).toBe('RESERVATION_NOT_FOUND');
    // It ends as soon as it looks at its token again, which it does while it is used.
    let over = false;
    const ended = stream.ended.then((why) => {
      over = true;
      return why;
    });
    for (let correlation = 3; !over; correlation += 1) {
      stream.send({ commands: [{ correlation, ...reserveOf(newId()) }] });
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await ended).toMatchObject({ code: 'AUTHENTICATION_FAILED' });
  });

  it('reads no faster than it answers, and loses nothing', async () => {
    const before = Number(await availableOf(client, customer.accountId));
    const stream = client.pipeline();
    const messages = 20;
    const each = 500;
    for (let message = 0; message < messages; message += 1) {
      const commands = Array.from({ length: each }, (_, index) => ({
        correlation: message * each + index,
        charge: { id: newId(), key: customer.key, model: MODEL, usage: { output_tokens: '1' } },
      }));
      stream.send({ commands });
    }
    stream.end();
    expect(await stream.ended).toBeUndefined();
    const refused = [...stream.answers.values()].filter(({ answer }) => answer !== 'charge');
    expect(refused).toEqual([]);
    expect(stream.answers.size).toBe(messages * each);
    expect(Number(await availableOf(client, customer.accountId))).toBeCloseTo(before - messages * each * 0.000_045, 9);
  });

  it('ends its open streams when the service stops, with everything answered', async () => {
    const other = await startTestService();
    const own = await other.client();
    const { key } = await openCustomer(own);
    const stream = own.pipeline();
    const answered = stream.ask(1, { reserve: { id: newId(), key, candidates } });
    expect(await answered).toMatchObject({ answer: 'reserve' });
    const stopping = other.app.close();
    expect(await stream.ended).toMatchObject({ code: 'UNAVAILABLE', retryAfterMs: 1000 });
    await stopping;
    await other.stop();
  });
});
