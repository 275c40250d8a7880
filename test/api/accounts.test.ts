import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { availableOf, codeOf, openCustomer } from '../support/customer.js';
import type { Message, TestClient } from '../support/grpc-client.js';
import { newId } from '../support/ids.js';
import { startTestService, type TestService } from '../support/service.js';

const candidates = [{ model: 'claude-opus-4-5', quantities: { input_tokens: '1000', output_tokens: '1000' } }];

let service: TestService;
let client: TestClient;

beforeAll(async () => {
  service = await startTestService();
  client = await service.client();
});

afterAll(() => service.stop());

describe('AccountService', () => {
  it('opens an account with defaults, under the id of the command or another', async () => {
    const id = newId();
    const settings = {
      name: 'A',
      status: 'ACCOUNT_STATUS_ACTIVE',
      plan: '',
      ageVerified: false,
      complianceByAgreement: false,
      books: { byAsset: { USD: 'nightveil' } },
      creditLimits: {},
      timeZone: 'UTC',
      collectShortfall: true,
    };
    const opened = await client.call('AccountService/Open', { id, settings: { name: 'A' } });
    expect(opened).toMatchObject({ account: { id, settings }, replayed: false });
    expect(await client.call('AccountService/Open', { id, settings: { name: 'A', timeZone: 'UTC' } })).toMatchObject({
      replayed: true,
    });
    expect(await client.call('AccountService/Get', { accountId: id.toUpperCase() })).toMatchObject({
      account: { id, settings, openedAtMs: expect.any(Number) },
    });
    const other = newId();
    const under = { id: newId(), accountId: other, settings: { name: 'B' } };
    expect(await client.call('AccountService/Open', under)).toMatchObject({ account: { id: other } });
    expect(await codeOf(client.call('AccountService/Open', { ...under, id: newId() }))).toBe('ACCOUNT_EXISTS');
    expect(await codeOf(client.call('AccountService/Get', { accountId: newId() }))).toBe('ACCOUNT_NOT_FOUND');
  });

  it('changes only what is given', async () => {
    const { accountId } = await openCustomer(client, '0', { plan: 'pro', creditLimits: { byAsset: { USD: '5.0' } } });
    const set = { status: 'ACCOUNT_STATUS_SUSPENDED', plan: '', timeZone: 'Europe/Berlin' };
    const update = { id: newId(), accountId, set };
    const changed = await client.call('AccountService/Update', update);
    const settings = { ...set, name: 'A customer', creditLimits: { byAsset: { USD: '5' } } };
    expect(changed).toMatchObject({ account: { settings }, replayed: false });
    expect(await client.call('AccountService/Update', update)).toEqual({ ...changed, replayed: true });
    expect(await availableOf(client, accountId)).toBe('5');
    const conflict = client.call('AccountService/Update', { ...update, set: { ...set, plan: 'x' } });
    await expect(conflict).rejects.toMatchObject({ code: 'ID_CONFLICT', field: 'set.plan' });
  });

  it('funds under a reference that is unique over all accounts', async () => {
    const [one, two] = [await openCustomer(client, '0'), await openCustomer(client, '0')];
    const reference = `bank ${newId()}`;
    const fund = { id: newId(), accountId: one.accountId, asset: 'USD', amount: '10.00', reference };
    expect(await client.call('AccountService/Fund', fund)).toMatchObject({
      booked: { accountId: one.accountId, amount: '10', balance: '10' },
      replayed: false,
    });
    expect(await client.call('AccountService/Fund', { ...fund, amount: '10' })).toMatchObject({ replayed: true });
    expect(await codeOf(client.call('AccountService/Fund', { ...fund, id: newId() }))).toBe('REFERENCE_TAKEN');
    const stolen = client.call('AccountService/Fund', { ...fund, id: newId(), accountId: two.accountId });
    await expect(stolen).rejects.toMatchObject({ code: 'REFERENCE_TAKEN', field: 'reference' });
    expect(await codeOf(client.call('AccountService/Fund', { ...fund, accountId: newId() }))).toBe('ACCOUNT_NOT_FOUND');
    const { rows } = await service.owner.query('SELECT account_id FROM reference_claim WHERE reference = $1', [
      reference,
    ]);
    expect(rows).toEqual([{ account_id: one.accountId }]);
    expect(await availableOf(client, one.accountId)).toBe('10');
  });

  it('gives one reference to one of two accounts that come at once', async () => {
    const reference = `bank ${newId()}`;
    const customers = await Promise.all(Array.from({ length: 8 }, () => openCustomer(client, '0')));
    const codes = await Promise.all(
      customers.map(({ accountId }) => {
        const fund = { id: newId(), accountId, asset: 'USD', amount: '1', reference };
        return client.call('AccountService/Fund', fund).then(
          () => 'booked',
          (error: { code: string }) => error.code,
        );
      }),
    );
    expect(codes.sort()).toEqual(['REFERENCE_TAKEN', ...Array(6).fill('REFERENCE_TAKEN'), 'booked']);
  });

  it('shows pockets in burn order, and what is not booked yet as if it were', async () => {
    const { accountId, key } = await openCustomer(client, '1', { creditLimits: { byAsset: { USD: '2' } } });
    const grant = (more: Message): Message => ({
      id: newId(),
      accountId,
      asset: 'USD',
      amount: '3',
      reason: 'welcome',
      ...more,
    });
    const soon = Date.now() + 1500;
    await client.call('AccountService/Grant', grant({}));
    await client.call('AccountService/Grant', grant({ amount: '4', expiresAtMs: soon }));
    const balance = () => client.call('AccountService/GetBalance', { key }) as Promise<{ balances: Message[] }>;
    await client.call('SpendService/Reserve', { id: newId(), key, candidates, ttlMs: 1000 });
    expect((await balance()).balances[0]).toMatchObject({
      asset: 'USD',
      available: '9.946',
      held: '0.054',
      balance: '8',
      creditLimit: '2',
      creditDrawn: '0',
      shortfall: '0',
      pockets: [
        { kind: 'POCKET_KIND_GRANT', balance: '4', held: '0.054', available: '3.946', expiresAtMs: soon },
        { kind: 'POCKET_KIND_GRANT', balance: '3' },
        { kind: 'POCKET_KIND_PAID', balance: '1' },
        { kind: 'POCKET_KIND_CREDIT', balance: '0', available: '2', creditLimit: '2' },
      ],
    });
    const later = async (): Promise<Message | undefined> => {
      const [usd] = (await balance()).balances;
      return usd?.['available'] === '6' ? usd : later();
    };
    expect(await later()).toMatchObject({ held: '0', balance: '4' });
    const { rows } = await service.owner.query('SELECT 1 FROM journal WHERE account_id = $1 AND type LIKE $2', [
      accountId,
      'Expire%',
    ]);
    expect(rows).toEqual([]);
  });

  it('tells of usage that nobody has paid, and adjusts both ways', async () => {
    const { accountId, key } = await openCustomer(client, '1');
    const charge = { id: newId(), key, model: 'claude-opus-4-5', usage: { output_tokens: '100000' }, incurred: true };
    expect(await client.call('SpendService/Charge', charge)).toMatchObject({
      charged: { amount: '4.5', shortfall: '3.5' },
    });
    const { balances } = (await client.call('AccountService/GetBalance', { accountId, asset: 'USD' })) as {
      balances: Message[];
    };
    expect(balances[0]).toMatchObject({ available: '0', shortfall: '3.5' });
    const adjust = { id: newId(), accountId, asset: 'USD', amount: '2', reason: 'goodwill' };
    expect(await client.call('AccountService/Adjust', adjust)).toMatchObject({ booked: { balance: '2' } });
    const back = { ...adjust, id: newId(), amount: '-0.50' };
    expect(await client.call('AccountService/Adjust', back)).toMatchObject({
      booked: { amount: '-0.5', balance: '1.5' },
    });
  });

  it('states an account, from its opening to its closing balances', async () => {
    const { accountId, key, keyId } = await openCustomer(client, '1');
    await client.call('SpendService/Charge', {
      id: newId(),
      key,
      model: 'claude-opus-4-5',
      usage: { output_tokens: '1000' },
    });
    const parts = await client.readAll('AccountService/Statement', { accountId });
    expect(parts).toMatchObject([
      { part: 'opening' },
      { part: 'line', line: { commandType: 'Fund', kind: 'deposit', asset: 'USD', amount: '1', balance: '1' } },
      {
        part: 'line',
        line: {
          commandType: 'Charge',
          kind: 'settle',
          amount: '-0.045',
          balance: '0.955',
          keyId,
          model: 'claude-opus-4-5',
        },
      },
      {
        part: 'closing',
        closing: {
          byAsset: { USD: '0.955' },
          totals: [
            { kind: 'deposit', count: 1 },
            { kind: 'settle', amount: '-0.045' },
          ],
        },
      },
    ]);
    await expect(client.readAll('AccountService/Statement', { accountId: newId() })).rejects.toMatchObject({
      code: 'ACCOUNT_NOT_FOUND',
    });
  });
});

describe('UsageService', () => {
  it('sums up what was used', async () => {
    const { accountId, key, keyId } = await openCustomer(client, '1');
    const charge = { key, model: 'claude-opus-4-5', usage: { output_tokens: '1000' }, cost: '0.04' };
    await client.call('SpendService/Charge', { id: newId(), ...charge });
    await client.call('SpendService/Charge', { id: newId(), ...charge });
    const groupBy = ['USAGE_GROUP_KEY', 'USAGE_GROUP_MODEL', 'USAGE_GROUP_DAY'];
    const row = {
      asset: 'USD',
      requests: 2,
      usage: { output_tokens: '2000' },
      amount: '0.09',
      refunded: '0',
      cost: '0.08',
    };
    expect(await client.call('UsageService/Query', { accountId, groupBy, timeZone: 'Asia/Kathmandu' })).toMatchObject({
      rows: [{ keyId, keyLabel: 'its key', model: 'claude-opus-4-5', atMs: expect.any(Number), ...row }],
      totals: [row],
    });
  });
});
