import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  Aborted,
  IdConflict,
  InsufficientBalance,
  NotAuthenticated,
  newId,
  Reservation,
  type Tollgate,
  ValidationFailed,
} from 'tollgate/client';
import { availableOf, type Customer, openCustomer } from '../support/customer.js';
import type { TestClient } from '../support/grpc-client.js';
import { startTestService, type TestService } from '../support/service.js';
import { BOOK, CANDIDATES, openClient, rejection } from './support.js';

const candidates = CANDIDATES;

describe('the calls of the client', () => {
  let service: TestService;
  let admin: TestClient;
  let client: Tollgate;
  let customer: Customer;

  beforeAll(async () => {
    service = await startTestService({ book: BOOK });
    admin = await service.client();
    client = await openClient(service);
    customer = await openCustomer(admin);
  });

  afterAll(async () => {
    client?.close();
    await service?.stop();
  });

  test('a request from its quote to its refund', async () => {
    const { key, accountId } = customer;
    const reservation = await client.reserve({ key, candidates, tags: { chat: '7' } });
    expect(reservation).toBeInstanceOf(Reservation);
    expect(reservation).toMatchObject({ accountId, status: 'HELD', hold: '1', available: '99', replayed: false });
    const extended = await reservation.extend({ holdAmount: '2', ttlMs: 60_000 });
    expect(extended).toMatchObject({ hold: '2', reheld: false });
    expect([reservation.hold, reservation.expiresAtMs]).toEqual(['2', extended.expiresAtMs]);
    const interim = await reservation.settle({ output_tokens: '10' }, { interim: true });
    expect(interim).toMatchObject({ final: false, amount: '0.1', replayed: false });
    const charged = await reservation.settle({ output_tokens: '40' }, { cost: '0.2', tags: { done: 'yes' } });
    expect(charged).toMatchObject({ final: true, late: false, amount: '0.3', total: '0.4', cost: '0.2' });
    expect(charged.tags).toEqual({ chat: '7', done: 'yes' });
    const refunded = await client.refund({ chargeId: charged.chargeId, accountId, reason: 'a test' });
    expect(refunded).toMatchObject({ amount: '0.4', refundedTotal: '0.4' });
    expect(await availableOf(admin, accountId)).toBe('100');
  });

  test('a charge, and its replay', async () => {
    const { key } = await openCustomer(admin);
    const request = { id: newId(), key, model: 'm', usage: { output_tokens: '3' } };
    expect(await client.charge(request)).toMatchObject({ total: '0.03', replayed: false });
    expect(await client.charge(request)).toMatchObject({ total: '0.03', replayed: true });
    const other = await rejection(client.charge({ ...request, usage: { output_tokens: '4' } }));
    expect(other).toBeInstanceOf(IdConflict);
    expect(other).toMatchObject({ code: 'ID_CONFLICT', field: expect.stringContaining('usage') });
  });

  test('a release frees what is held', async () => {
    const { key, accountId } = await openCustomer(admin);
    const reservation = await client.reserve({ key, candidates });
    expect(await reservation.release()).toMatchObject({ freed: '1', total: '0', unknown: false });
    expect(await rejection(reservation.settle({}))).toMatchObject({ code: 'ALREADY_RELEASED' });
    expect(await availableOf(admin, accountId)).toBe('100');
  });

  test('errors have their class, code and details', async () => {
    const { key } = await openCustomer(admin, '0.5');
    const poor = await rejection(client.reserve({ key, candidates }));
    expect(poor).toBeInstanceOf(InsufficientBalance);
    expect(poor).toMatchObject({
      name: 'InsufficientBalance',
      code: 'INSUFFICIENT_BALANCE',
      details: { required: '1', available: '0.5', held: '0', reason: 'no_funds', asset: 'USD' },
      requestId: expect.stringMatching(/./),
    });
    expect(await rejection(client.reserve({ key: 'nobody', candidates }))).toBeInstanceOf(NotAuthenticated);
    const wrong = await rejection(client.reserve({ key, candidates: [] }));
    expect(wrong).toBeInstanceOf(ValidationFailed);
    expect(wrong).toMatchObject({ field: 'candidates' });
  });

  test('a request that cannot be written spoils no other of its message', async () => {
    const broken = { key: customer.key, candidates: [null] } as never;
    const large = { key: customer.key, candidates: [{ model: 'm'.repeat(5 * 1024 * 1024) }] };
    const results = await Promise.allSettled([
      client.quote({ accountId: customer.accountId, candidates }),
      client.reserve(broken),
      client.reserve(large),
      client.quote({ accountId: customer.accountId, candidates }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(ValidationFailed);
  });

  test('a token that is not good ends every call at once', async () => {
    const { Tollgate } = await import('tollgate/client');
    const stranger = new Tollgate({ address: `127.0.0.1:${service.port}`, token: 'tg_nobody' });
    const calls = [stranger.quote({ candidates }), stranger.quote({ candidates })];
    for (const error of await Promise.all(calls.map(rejection))) expect(error).toBeInstanceOf(NotAuthenticated);
    stranger.close();
  });

  test('a quote prices and holds nothing', async () => {
    const { accountId, key } = await openCustomer(admin, '0.5');
    const quoted = await client.quote({ key, candidates });
    expect(quoted).toMatchObject({ accountId, required: '1', available: '0.5', held: '0', sufficient: false });
    expect(quoted.candidates[0]).toMatchObject({ model: 'm', amount: '1' });
    expect(await client.quote({ book: 'nightveil', candidates })).toMatchObject({ accountId: '', required: '1' });
    expect(await rejection(client.quote({ key, book: 'nightveil', candidates }))).toMatchObject({ field: 'book' });
    expect(await availableOf(admin, accountId)).toBe('0.5');
  });

  test('`await using` releases what was neither settled nor released', async () => {
    const { accountId, key } = await openCustomer(admin);
    {
      await using reservation = await client.reserve({ key, candidates });
      expect(reservation.available).toBe('99');
    }
    expect(await availableOf(admin, accountId)).toBe('100');
    {
      await using reservation = await client.reserve({ key, candidates });
      await reservation.settle({ output_tokens: '50' });
    }
    expect(await availableOf(admin, accountId)).toBe('99.5');
    {
      await using reservation = await client.reserve({ key, candidates });
      await rejection(reservation.settle({ output_tokens: 'many' }));
    }
    expect(await availableOf(admin, accountId)).toBe('99.5');
  });

  test('a signal that is aborted ends a reserve before it is sent, and holds nothing', async () => {
    const { accountId, key } = await openCustomer(admin);
    const controller = new AbortController();
    const call = client.reserve({ key, candidates }, { signal: controller.signal });
    controller.abort(new Error('the customer left'));
    const error = await rejection(call);
    expect(error).toBeInstanceOf(Aborted);
    expect(error).toMatchObject({ cause: { message: 'the customer left' } });
    await client.drain();
    expect(await availableOf(admin, accountId)).toBe('100');
  });

  test('a settle whose signal is aborted is charged nonetheless', async () => {
    const { accountId, key } = await openCustomer(admin);
    const reservation = await client.reserve({ key, candidates });
    const settling = reservation.settle({ output_tokens: '50' }, { signal: AbortSignal.abort() });
    expect(await rejection(settling)).toBeInstanceOf(Aborted);
    await client.drain();
    expect(await availableOf(admin, accountId)).toBe('99.5');
  });
});
