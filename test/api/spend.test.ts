import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestClient } from '../support/grpc-client.js';
import { newId } from '../support/ids.js';
import { startTestService, type TestService } from '../support/service.js';

let service: TestService;
let client: TestClient;
let accountId: string;
let key: string;
let keyId: string;

const MODEL = 'claude-opus-4-5';
const candidates = [{ model: MODEL, quantities: { input_tokens: '1000', output_tokens: '1000' } }];

beforeAll(async () => {
  service = await startTestService();
  client = await service.client();
  accountId = newId();
  await client.call('AccountService/Open', { id: accountId, settings: { name: 'Reseller' } });
  await client.call('AccountService/Fund', { id: newId(), accountId, asset: 'USD', amount: '100.50', reference: newId() });
  const minted = await client.call('KeyService/Mint', { id: newId(), accountId, label: 'first' });
  key = String(minted['secret']);
  keyId = (minted['key'] as { id: string }).id;
});

afterAll(() => service.stop());

describe('SpendService', () => {
  it('holds the worst case by the key alone, and charges what was used', async () => {
    const id = newId();
    const reserved = await client.call('SpendService/Reserve', { id, key, candidates, tags: { run: '1' } });
    expect(reserved).toMatchObject({
      reservationId: id,
      accountId,
      keyId,
      status: 'RESERVATION_STATUS_HELD',
      asset: 'USD',
      hold: '0.054',
      available: '100.446',
      book: 'nightveil',
      candidates: [{ model: MODEL, amount: '0.054', quantities: { input_tokens: '1000', output_tokens: '1000' } }],
    });
    const settled = await client.call('SpendService/Settle', { reservationId: id, accountId, usage: { input_tokens: '10', output_tokens: '20.0' } });
    expect(settled).toMatchObject({ charged: { chargeId: id, amount: '0.00099', final: true, usage: { output_tokens: '20' }, tags: { run: '1' } } });
  });
});
