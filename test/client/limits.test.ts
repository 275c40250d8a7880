import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  Aborted,
  DeadlineExceeded,
  newId,
  type Tollgate,
  type TollgateOptions,
  TooManyUnanswered,
  type UnsentCommand,
} from 'tollgate/client';
import { availableOf, type Customer, openCustomer } from '../support/customer.js';
import type { TestClient } from '../support/grpc-client.js';
import { startTestService, type TestService } from '../support/service.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/waiting.js';
import { BOOK, CANDIDATES, openClient, rejection } from './support.js';

const SHORT_MS = 50;

describe('the limits of waiting', () => {
  let service: TestService;
  let proxy: TcpProxy;
  let admin: TestClient;
  let customer: Customer;
  const opened: Tollgate[] = [];

  beforeAll(async () => {
    service = await startTestService({ book: BOOK });
    proxy = await TcpProxy.start(service.port);
    admin = await service.client();
  });

  afterEach(() => {
    for (const client of opened.splice(0)) client.close();
    proxy.letGo();
    proxy.bringUp();
  });

  afterAll(async () => {
    await proxy?.stop();
    await service?.stop();
  });

  /** A client behind the proxy whose stream is open, and a customer of its own. */
  async function open(options: Partial<TollgateOptions> = {}): Promise<Tollgate> {
    customer = await openCustomer(admin);
    const client = await openClient(service, { port: proxy.port, ...options });
    opened.push(client);
    await client.quote({ key: customer.key, candidates: CANDIDATES });
    return client;
  }

  const reserve = (client: Tollgate, id = newId(), deadlineMs?: number) =>
    client.reserve(
      { id, key: customer.key, candidates: CANDIDATES },
      deadlineMs === undefined ? undefined : { deadlineMs },
    );

  const available = (): Promise<string> => availableOf(admin, customer.accountId);

  test('a reserve that is not answered by its deadline is released', async () => {
    const client = await open();
    proxy.hold();
    const error = await rejection(reserve(client, newId(), SHORT_MS));
    expect(error).toBeInstanceOf(DeadlineExceeded);
    proxy.letGo();
    await client.drain();
    expect(await available()).toBe('100');
  });

  test('a reserve that was sent and is aborted is released', async () => {
    const client = await open();
    proxy.hold();
    const controller = new AbortController();
    const { key } = customer;
    const call = rejection(client.reserve({ key, candidates: CANDIDATES }, { signal: controller.signal }));
    await waitFor('the hold', async () => (await available()) === '99');
    controller.abort();
    expect(await call).toBeInstanceOf(Aborted);
    await waitFor('the release', async () => (await available()) === '100');
    proxy.letGo();
    await client.drain();
  });

  test('a settle that is not answered by its deadline is sent again until it is', async () => {
    const told: UnsentCommand[] = [];
    const client = await open({ onUnsent: (command) => told.push(command) });
    const reservation = await reserve(client);
    proxy.takeDown();
    const error = await rejection(reservation.settle({ output_tokens: '50' }, { deadlineMs: SHORT_MS }));
    expect(error).toBeInstanceOf(DeadlineExceeded);
    expect(error).toMatchObject({ cause: { code: 'UNAVAILABLE' } });
    await reservation[Symbol.asyncDispose]();
    expect(await available()).toBe('99');
    proxy.bringUp();
    await client.drain();
    expect(await available()).toBe('99.5');
    expect(told).toEqual([]);
  });

  test('no more than so many settles are kept, and each of the others is told of', async () => {
    const told: [UnsentCommand, string][] = [];
    const client = await open({ unsentMax: 2, onUnsent: (command, { code }) => told.push([command, code]) });
    const reservations = await Promise.all([1, 2, 3].map(() => reserve(client)));
    proxy.takeDown();
    const settles = reservations.map((reservation) =>
      rejection(reservation.settle({ output_tokens: '50' }, { deadlineMs: SHORT_MS })),
    );
    for (const error of await Promise.all(settles)) expect(error).toBeInstanceOf(DeadlineExceeded);
    expect(told).toHaveLength(1);
    const [[lost, code] = [], ...none] = told;
    expect([code, none]).toEqual(['DEADLINE_EXCEEDED', []]);
    proxy.bringUp();
    await client.drain();
    expect(await available()).toBe('98');
    // What was given up can still be sent, as it is.
    if (lost?.kind === 'settle') await client.settle(lost.request);
    expect(await available()).toBe('98.5');
  });

  test('closing ends every call, and tells of what should have arrived', async () => {
    const told: UnsentCommand[] = [];
    const client = await open({ onUnsent: (command) => told.push(command) });
    const reservation = await reserve(client);
    proxy.takeDown();
    const settling = rejection(reservation.settle({ output_tokens: '50' }));
    const quoting = rejection(client.quote({ key: customer.key, candidates: CANDIDATES }));
    client.close();
    expect(await settling).toBeInstanceOf(Aborted);
    expect(await quoting).toBeInstanceOf(Aborted);
    const { reservationId, accountId } = reservation;
    expect(told).toEqual([{ kind: 'settle', request: { reservationId, accountId, usage: { output_tokens: '50' } } }]);
    await client.drain();
    expect(await rejection(reserve(client))).toBeInstanceOf(Aborted);
  });

  test('only so many commands are unanswered, only so many more wait, and none of them is lost', async () => {
    const client = await open({ unansweredMax: 10, waitingMax: 20 });
    proxy.hold();
    const sent = Array.from({ length: 10 }, () => reserve(client));
    await waitFor('the holds', async () => (await available()) === '90');
    const waiting = Array.from({ length: 20 }, () => reserve(client));
    expect(await rejection(reserve(client))).toBeInstanceOf(TooManyUnanswered);
    const settle = client.settle({
      reservationId: newId(),
      accountId: customer.accountId,
      usage: { output_tokens: '1' },
    });
    const unknown = rejection(settle);
    expect(await available()).toBe('90');
    proxy.letGo();
    await Promise.all([...sent, ...waiting]);
    // A settle has room beyond that of others; this one was of no reservation.
    expect(await unknown).toMatchObject({ code: 'RESERVATION_NOT_FOUND' });
    expect(await available()).toBe('70');
  });

  test('a deadline passes while a command waits to be sent, and makes room', async () => {
    const client = await open({ unansweredMax: 1, waitingMax: 1 });
    proxy.hold();
    const first = reserve(client);
    await waitFor('the hold', async () => (await available()) === '99');
    expect(await rejection(reserve(client, newId(), SHORT_MS))).toBeInstanceOf(DeadlineExceeded);
    const second = reserve(client);
    proxy.letGo();
    await Promise.all([first, second]);
    expect(await available()).toBe('98');
  });

  test('an answer that was lost is not a second charge', async () => {
    const client = await open();
    const reservation = await reserve(client);
    proxy.hold();
    const settling = reservation.settle({ output_tokens: '50' });
    await waitFor('the charge', async () => (await available()) === '99.5');
    proxy.cut();
    proxy.letGo();
    expect(await settling).toMatchObject({ total: '0.5', replayed: true });
    expect(await available()).toBe('99.5');
  });
});
