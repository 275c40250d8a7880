import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { availableOf, type Customer, codeOf, openCustomer } from '../support/customer.js';
import type { TestClient } from '../support/grpc-client.js';
import { newId } from '../support/ids.js';
import { startTestService, type TestService } from '../support/service.js';

const MODEL = 'claude-opus-4-5';
/** At 9 USD a million in and 45 out: 0.054 USD. */
const candidates = [{ model: MODEL, quantities: { input_tokens: '1000', output_tokens: '1000' } }];

let service: TestService;
let client: TestClient;
let customer: Customer;

beforeAll(async () => {
  service = await startTestService();
  client = await service.client();
  customer = await openCustomer(client);
});

afterAll(() => service.stop());

async function reserve(more: object = {}): Promise<string> {
  const id = newId();
  await client.call('SpendService/Reserve', { id, key: customer.key, candidates, ...more });
  return id;
}

describe('Reserve and Settle', () => {
  it('hold the worst case by the key alone, and charge what was used', async () => {
    const { accountId, key, keyId } = await openCustomer(client, '100.50');
    const id = newId();
    expect(await client.call('SpendService/Reserve', { id, key, candidates, tags: { run: '1' } })).toMatchObject({
      reservationId: id,
      accountId,
      keyId,
      status: 'RESERVATION_STATUS_HELD',
      asset: 'USD',
      hold: '0.054',
      available: '100.446',
      book: 'nightveil',
      replayed: false,
      candidates: [{ model: MODEL, amount: '0.054', quantities: { input_tokens: '1000', output_tokens: '1000' } }],
    });
    const settle = {
      reservationId: id,
      accountId,
      usage: { input_tokens: '10', output_tokens: '20.0' },
      cost: '0.000500',
      tags: { end: 'yes' },
    };
    const settled = await client.call('SpendService/Settle', settle);
    expect(settled).toMatchObject({
      replayed: false,
      charged: {
        chargeId: id,
        keyId,
        model: MODEL,
        amount: '0.00099',
        total: '0.00099',
        final: true,
        late: false,
        cost: '0.0005',
        usage: { input_tokens: '10', output_tokens: '20' },
        tags: { run: '1', end: 'yes' },
        available: '100.49901',
      },
    });
    expect(
      await client.call('SpendService/Settle', { ...settle, usage: { input_tokens: '10.000', output_tokens: '20' } }),
    ).toEqual({
      ...settled,
      replayed: true,
    });
  });

  it('takes the key by its id, and an upper-case id for the same', async () => {
    const id = newId();
    const request = { keyId: customer.keyId.toUpperCase(), candidates, ttlMs: 5000 };
    await client.call('SpendService/Reserve', { id: id.toUpperCase(), ...request });
    expect(await client.call('SpendService/Reserve', { id, ...request })).toMatchObject({
      reservationId: id,
      replayed: true,
    });
    await client.call('SpendService/Release', { reservationId: id, keyId: customer.keyId });
    expect(await client.call('SpendService/Reserve', { id, ...request })).toMatchObject({
      replayed: true,
      status: 'RESERVATION_STATUS_RELEASED',
    });
  });

  it('refuses another content under the same id, naming the field', async () => {
    const id = await reserve();
    await expect(
      client.call('SpendService/Reserve', { id, key: customer.key, candidates, ttlMs: 1000 }),
    ).rejects.toMatchObject({
      code: 'ID_CONFLICT',
      field: 'ttl_ms',
    });
  });

  it('settles in parts', async () => {
    const id = await reserve();
    const part = { reservationId: id, key: customer.key, interim: true, id: newId(), usage: { output_tokens: '100' } };
    expect(await client.call('SpendService/Settle', part)).toMatchObject({
      charged: { amount: '0.0045', final: false },
    });
    expect(
      await client.call('SpendService/GetReservation', { reservationId: id, accountId: customer.accountId }),
    ).toMatchObject({
      status: 'RESERVATION_STATUS_HELD',
      charged: '0.0045',
      hold: '0.0495',
    });
    const whole = { reservationId: id, accountId: customer.accountId, usage: { output_tokens: '200' } };
    expect(await client.call('SpendService/Settle', whole)).toMatchObject({
      charged: { amount: '0.0045', total: '0.009', final: true },
    });
  });

  it('wants no id of a final settle but its own', async () => {
    const id = await reserve();
    const settle = { reservationId: id, accountId: customer.accountId, usage: {} };
    await expect(client.call('SpendService/Settle', { ...settle, id: newId() })).rejects.toMatchObject({
      code: 'VALIDATION',
      field: 'id',
    });
    expect(await client.call('SpendService/Settle', { ...settle, id })).toMatchObject({ charged: { amount: '0' } });
  });
});

describe('the other commands', () => {
  it('releases, of an unknown id too', async () => {
    const before = await availableOf(client, customer.accountId);
    const id = await reserve();
    const release = { reservationId: id, key: customer.key };
    expect(await client.call('SpendService/Release', release)).toMatchObject({
      freed: '0.054',
      unknown: false,
      replayed: false,
    });
    expect(await client.call('SpendService/Release', release)).toMatchObject({ freed: '0.054', replayed: true });
    expect(await availableOf(client, customer.accountId)).toBe(before);
    const never = newId();
    expect(
      await client.call('SpendService/Release', { reservationId: never, accountId: customer.accountId }),
    ).toMatchObject({ unknown: true });
    expect(await codeOf(client.call('SpendService/Reserve', { id: never, key: customer.key, candidates }))).toBe(
      'ALREADY_RELEASED',
    );
  });

  it('extends by time, by amount and by quantities', async () => {
    const id = await reserve();
    const extend = { reservationId: id, accountId: customer.accountId };
    const inAnHour = Date.now() + 3_600_000;
    expect(
      await client.call('SpendService/Extend', { id: newId(), ...extend, expiresAtMs: inAnHour, holdAmount: '0.0600' }),
    ).toMatchObject({
      hold: '0.06',
      expiresAtMs: inAnHour,
      reheld: false,
    });
    const more = { quantities: { input_tokens: '1000', output_tokens: '2000' }, ttlMs: 60_000 };
    expect(await client.call('SpendService/Extend', { id: newId(), ...extend, ...more })).toMatchObject({
      hold: '0.099',
    });
  });

  it('charges at once, and gives back', async () => {
    const { accountId, key } = await openCustomer(client, '1');
    const id = newId();
    const charge = { id, key, model: MODEL, usage: { input_tokens: '1000' }, occurredAtMs: Date.now() };
    expect(await client.call('SpendService/Charge', charge)).toMatchObject({
      charged: { chargeId: id, amount: '0.009', available: '0.991' },
    });
    expect(await client.call('SpendService/Charge', charge)).toMatchObject({ replayed: true });
    const refund = { id: newId(), chargeId: id, accountId, amount: '0.0040', reason: 'as a favour' };
    expect(await client.call('SpendService/Refund', refund)).toMatchObject({
      amount: '0.004',
      refundedTotal: '0.004',
      replayed: false,
    });
    expect(await client.call('SpendService/Refund', { ...refund, amount: '0.004' })).toMatchObject({ replayed: true });
    expect(
      await client.call('SpendService/Refund', { id: newId(), chargeId: id, key, reason: 'the rest' }),
    ).toMatchObject({ amount: '0.005' });
    expect(await codeOf(client.call('SpendService/Refund', { ...refund, id: newId() }))).toBe('REFUND_EXCEEDS_CHARGE');
    expect(await availableOf(client, accountId)).toBe('1');
  });
});

describe('Quote', () => {
  it('prices for a key what a Reserve would hold, and says whether it is there', async () => {
    const { key, accountId } = await openCustomer(client, '0.06');
    const quote = await client.call('SpendService/Quote', { key, candidates });
    expect(quote).toMatchObject({
      accountId,
      asset: 'USD',
      required: '0.054',
      available: '0.06',
      held: '0',
      sufficient: true,
    });
    await client.call('SpendService/Reserve', { id: newId(), key, candidates });
    expect(await client.call('SpendService/Quote', { accountId, candidates })).toMatchObject({
      available: '0.006',
      held: '0.054',
      sufficient: false,
    });
  });

  it('prices by a book alone, and the dearest of many', async () => {
    const dearer = { model: MODEL, quantities: { input_tokens: '1000000', output_tokens: '0' } };
    const quote = await client.call('SpendService/Quote', { candidates: [...candidates, dearer] });
    expect(quote).toMatchObject({
      book: 'nightveil',
      required: '9',
      candidates: [{ amount: '0.054' }, { amount: '9' }],
    });
    expect(quote).not.toHaveProperty('sufficient');
  });

  it('is refused as a Reserve would be', async () => {
    const { key, accountId, keyId } = await openCustomer(client, '0');
    const unknown = [{ model: 'no-such-model', quantities: { output_tokens: '1' } }];
    expect(await codeOf(client.call('SpendService/Quote', { key, candidates: unknown }))).toBe('INVALID_MODEL');
    expect(await codeOf(client.call('SpendService/Quote', { candidates: unknown }))).toBe('INVALID_MODEL');
    expect(await codeOf(client.call('SpendService/Quote', { book: 'no-such-book', candidates }))).toBe('VALIDATION');
    await client.call('KeyService/Revoke', { id: newId(), accountId, keyId });
    expect(await codeOf(client.call('SpendService/Quote', { key, candidates }))).toBe('AUTHENTICATION_FAILED');
  });
});

describe('GetReservation', () => {
  it('tells every state', async () => {
    const find = (reservationId: string) =>
      client.call('SpendService/GetReservation', { reservationId, key: customer.key });
    const id = await reserve({ tags: { a: 'b' } });
    expect(await find(id)).toMatchObject({
      status: 'RESERVATION_STATUS_HELD',
      hold: '0.054',
      charged: '0',
      tags: { a: 'b' },
      candidates,
    });
    await client.call('SpendService/Settle', {
      reservationId: id,
      accountId: customer.accountId,
      usage: { output_tokens: '10' },
    });
    const settled = await find(id);
    expect(settled).toMatchObject({
      status: 'RESERVATION_STATUS_SETTLED',
      hold: '0',
      charged: '0.00045',
      keyId: customer.keyId,
      candidates,
    });
    expect(settled).not.toHaveProperty('expiresAtMs');
    const released = await reserve();
    await client.call('SpendService/Release', { reservationId: released, accountId: customer.accountId });
    expect(await find(released)).toMatchObject({ status: 'RESERVATION_STATUS_RELEASED', charged: '0' });
    expect(await codeOf(find(newId()))).toBe('RESERVATION_NOT_FOUND');
  });

  it('takes an overdue hold for expired before anybody has booked it', async () => {
    const { accountId, key } = await openCustomer(client, '1');
    const id = newId();
    const { expiresAtMs } = await client.call('SpendService/Reserve', { id, key, candidates, ttlMs: 1000 });
    const until = async (): Promise<Record<string, unknown>> => {
      const found = await client.call('SpendService/GetReservation', { reservationId: id, accountId });
      return found['status'] === 'RESERVATION_STATUS_HELD' ? until() : found;
    };
    expect(await until()).toMatchObject({ status: 'RESERVATION_STATUS_EXPIRED', hold: '0', expiresAtMs });
    expect(await availableOf(client, accountId)).toBe('1');
    expect(
      await client.call('SpendService/Settle', { reservationId: id, accountId, usage: { output_tokens: '10' } }),
    ).toMatchObject({
      charged: { late: true },
    });
  });
});
