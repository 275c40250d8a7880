import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ACCESS } from '../../src/api/grpc/access.js';
import { SCOPES, type Scope } from '../../src/tokens/scope.js';
import { TokenStore } from '../../src/tokens/tokens.js';
import { codeOf } from '../support/customer.js';
import { METHODS, type TestClient } from '../support/grpc-client.js';
import { startTestService, type TestService } from '../support/service.js';

/** Which scopes may call what, besides operator, which may call everything. */
const MAY: Record<string, Scope[]> = {
  'SpendService/Quote': ['spend'],
  'SpendService/Reserve': ['spend'],
  'SpendService/Settle': ['spend'],
  'SpendService/Release': ['spend'],
  'SpendService/Extend': ['spend'],
  'SpendService/Charge': ['spend'],
  'SpendService/Refund': ['spend'],
  'SpendService/GetReservation': ['spend'],
  'SpendService/Pipeline': ['spend'],
  'AccountService/Open': ['accounts'],
  'AccountService/Update': ['accounts'],
  'AccountService/Get': ['accounts'],
  'AccountService/GetBalance': ['spend', 'accounts', 'finance'],
  'AccountService/Fund': ['accounts'],
  'AccountService/Grant': ['accounts'],
  'AccountService/Adjust': [],
  'AccountService/Statement': ['finance'],
  'KeyService/Mint': ['accounts'],
  'KeyService/Update': ['accounts'],
  'KeyService/List': ['accounts'],
  'KeyService/Revoke': ['accounts'],
  'KeyService/Authenticate': ['spend', 'accounts'],
  'PriceService/Import': ['prices'],
  'PriceService/List': ['prices'],
  'PriceService/Get': ['prices'],
  'UsageService/Query': ['finance'],
  'AuditService/Verify': [],
  'AuditService/TrialBalance': ['finance'],
};

let service: TestService;
const clients = new Map<Scope, TestClient>();

beforeAll(async () => {
  service = await startTestService();
  for (const scope of SCOPES) clients.set(scope, await service.client(scope));
});

afterAll(() => service.stop());

/** Calls a method with an empty request, and answers the code that it was refused with; empty where it was not. */
async function call(client: TestClient, path: string): Promise<string> {
  const method = METHODS.get(`/tollgate.v1.${path}`);
  if (method?.requestStream) {
    const stream = client.pipeline();
    stream.end();
    return (await stream.ended)?.code ?? '';
  }
  const answered = method?.responseStream ? client.readAll(path, {}) : client.call(path, {});
  return answered.then(
    () => '',
    (error: { code: string }) => error.code,
  );
}

describe('access', () => {
  it('is settled for every method that there is', () => {
    const paths = [...METHODS.keys()].sort();
    expect(Object.keys(ACCESS).sort()).toEqual(paths);
    expect(
      Object.keys(MAY)
        .map((path) => `/tollgate.v1.${path}`)
        .sort(),
    ).toEqual(paths);
  });

  it.each(Object.entries(MAY))('%s is for %j', async (path, may) => {
    for (const scope of SCOPES) {
      const code = await call(clients.get(scope) as TestClient, path);
      const allowed = scope === 'operator' || may.includes(scope);
      expect({ scope, denied: code === 'PERMISSION_DENIED' }).toEqual({ scope, denied: !allowed });
      expect(code).not.toBe('AUTHENTICATION_FAILED');
      expect(code).not.toBe('INTERNAL');
    }
    expect(await call(service.clientWith(undefined), path)).toBe('AUTHENTICATION_FAILED');
    expect(await call(service.clientWith('tg_nobodys'), path)).toBe('AUTHENTICATION_FAILED');
  });

  it('is denied in every form that is no bearer token', async () => {
    for (const header of ['', 'Bearer', 'Bearer ', 'Basic abc', `Bearer ${'x'.repeat(5000)}`]) {
      const client = service.clientWith(undefined);
      client.metadata.set('authorization', header);
      expect(await codeOf(client.call('KeyService/List', {}))).toBe('AUTHENTICATION_FAILED');
    }
  });

  it('ends with a revocation: for commands at once, for reads within a second', async () => {
    const client = await service.client('accounts');
    expect(await call(client, 'KeyService/List')).toBe('VALIDATION');
    await service.app.get(TokenStore).revoke(client.tokenId);
    const account = { id: '019350fa-0c00-7000-8000-000000000000', settings: { name: 'A' } };
    await expect(client.call('AccountService/Open', account)).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' });
    const since = performance.now();
    while ((await call(client, 'KeyService/List')) !== 'AUTHENTICATION_FAILED') {
      expect(performance.now() - since).toBeLessThan(1000);
    }
    expect(performance.now() - since).toBeLessThan(1000);
  });
});
