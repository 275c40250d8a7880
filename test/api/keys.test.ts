import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { codeOf, openCustomer } from '../support/customer.js';
import type { Message, TestClient } from '../support/grpc-client.js';
import { newId } from '../support/ids.js';
import { startTestService, type TestService } from '../support/service.js';

const candidates = [{ model: 'claude-opus-4-5', quantities: { input_tokens: '1', output_tokens: '1' } }];

let service: TestService;
let client: TestClient;

beforeAll(async () => {
  service = await startTestService();
  client = await service.client();
});

afterAll(() => service.stop());

describe('KeyService', () => {
  it('shows a secret once, and keeps it nowhere', async () => {
    const { accountId } = await openCustomer(client, '0');
    const mint = { id: newId(), accountId, label: 'a key', models: { only: ['claude-opus-4-5'] } };
    const minted = await client.call('KeyService/Mint', mint);
    const secret = String(minted['secret']);
    expect(secret).toMatch(/^nv_[A-Za-z0-9_-]{43}$/);
    const replayed = await client.call('KeyService/Mint', mint);
    expect(replayed).toEqual({ key: minted['key'], replayed: true });
    const { keys } = (await client.call('KeyService/List', { accountId })) as { keys: Message[] };
    expect(keys.map(({ label }) => label)).toEqual(['its key', 'a key']);
    expect(JSON.stringify(keys)).not.toContain('nv_');
    const { rows: tables } = await service.owner.query<{ name: string }>(
      `SELECT format('%I', relname) AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    );
    for (const { name } of tables) {
      const { rows } = await service.owner.query(`SELECT 1 FROM ${name} t WHERE t::text LIKE '%' || $1 || '%'`, [
        secret.slice(3),
      ]);
      expect({ name, rows }).toEqual({ name, rows: [] });
    }
  });

  it('writes nothing for a key that it refuses', async () => {
    const count = async () => (await service.owner.query('SELECT count(*)::int AS n FROM key_directory')).rows[0].n;
    const before = await count();
    expect(await codeOf(client.call('KeyService/Mint', { id: newId(), accountId: newId() }))).toBe('ACCOUNT_NOT_FOUND');
    expect(await count()).toBe(before);
  });

  it('changes and revokes, and says so when asked again', async () => {
    const { accountId, keyId, key } = await openCustomer(client, '1');
    const update = {
      id: newId(),
      accountId,
      keyId,
      label: '',
      models: { only: ['gpt-none'] },
      expiresAtMs: Date.now() + 60_000,
    };
    expect(await client.call('KeyService/Update', update)).toMatchObject({
      key: { label: '', models: { only: ['gpt-none'] } },
    });
    expect(await client.call('KeyService/Update', update)).toMatchObject({ replayed: true });
    expect(await codeOf(client.call('SpendService/Reserve', { id: newId(), key, candidates }))).toBe(
      'MODEL_NOT_ALLOWED',
    );
    const again = { id: newId(), accountId, keyId, models: { all: true }, expiresAtMs: 0 };
    const open = await client.call('KeyService/Update', again);
    expect(open).toMatchObject({ key: { models: { all: true } } });
    expect(open['key']).not.toHaveProperty('expiresAtMs');
    const revoke = { id: newId(), accountId, keyId };
    expect(await client.call('KeyService/Revoke', revoke)).toMatchObject({ key: { revokedAtMs: expect.any(Number) } });
    expect(await client.call('KeyService/Revoke', revoke)).toMatchObject({ replayed: true });
    expect(await codeOf(client.call('SpendService/Reserve', { id: newId(), key, candidates }))).toBe(
      'AUTHENTICATION_FAILED',
    );
    expect(await codeOf(client.call('KeyService/Revoke', { ...revoke, id: newId(), keyId: newId() }))).toBe(
      'KEY_NOT_FOUND',
    );
  });

  it('lists by pages', async () => {
    const { accountId } = await openCustomer(client, '0');
    for (const label of ['two', 'three']) await client.call('KeyService/Mint', { id: newId(), accountId, label });
    const first = await client.call('KeyService/List', { accountId, pageSize: 2 });
    expect(first).toMatchObject({ keys: [{ label: 'its key' }, { label: 'two' }], nextPageToken: expect.any(String) });
    const second = await client.call('KeyService/List', { accountId, pageSize: 2, pageToken: first['nextPageToken'] });
    expect(second).toMatchObject({ keys: [{ label: 'three' }] });
    expect(second).not.toHaveProperty('nextPageToken');
    expect(await codeOf(client.call('KeyService/List', { accountId: newId() }))).toBe('ACCOUNT_NOT_FOUND');
  });

  it('tells whose a secret is, as long as it is good', async () => {
    const tier = { tier: 'CONTENT_TIER_UNCENSORED', scope: 'KEY_SCOPE_ADMIN' };
    const { accountId, keyId, key } = await openCustomer(client, '0', { plan: 'pro', ageVerified: true }, tier);
    expect(await client.call('KeyService/Authenticate', { key })).toMatchObject({
      key: { id: keyId, accountId, ...tier },
      accountStatus: 'ACCOUNT_STATUS_ACTIVE',
      ageVerified: true,
      plan: 'pro',
    });
    await client.call('AccountService/Update', { id: newId(), accountId, set: { status: 'ACCOUNT_STATUS_SUSPENDED' } });
    expect(await client.call('KeyService/Authenticate', { key })).toMatchObject({
      accountStatus: 'ACCOUNT_STATUS_SUSPENDED',
    });
    await client.call('KeyService/Revoke', { id: newId(), accountId, keyId });
    await expect(client.call('KeyService/Authenticate', { key })).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      field: 'key',
    });
    expect(await codeOf(client.call('KeyService/Authenticate', { key: `${key}x` }))).toBe('AUTHENTICATION_FAILED');
    expect(await codeOf(client.call('KeyService/Authenticate', {}))).toBe('VALIDATION');
  });

  it('revokes for every process from the next batch on', async () => {
    const other = await startTestService({ on: service });
    const there = await other.client();
    const { accountId, keyId, key } = await openCustomer(client, '1');
    await there.call('SpendService/Reserve', { id: newId(), key, candidates });
    await client.call('KeyService/Revoke', { id: newId(), accountId, keyId });
    expect(await codeOf(there.call('SpendService/Reserve', { id: newId(), key, candidates }))).toBe(
      'AUTHENTICATION_FAILED',
    );
    expect(await codeOf(there.call('KeyService/Authenticate', { key }))).toBe('AUTHENTICATION_FAILED');
    await other.stop();
  });
});
