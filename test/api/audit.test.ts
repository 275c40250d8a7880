import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openCustomer } from '../support/customer.js';
import { METHODS, type Message, type TestClient } from '../support/grpc-client.js';
import { newId } from '../support/ids.js';
import { startTestService, type TestService } from '../support/service.js';
import { waitFor } from '../support/waiting.js';

const READING = `SELECT 1 FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'tollgate' AND xact_start IS NOT NULL`;

let service: TestService;
let client: TestClient;

beforeAll(async () => {
  service = await startTestService();
  client = await service.client();
  const { key } = await openCustomer(client, '1');
  await client.call('SpendService/Charge', {
    id: newId(),
    key,
    model: 'claude-opus-4-5',
    usage: { output_tokens: '1000' },
  });
});

afterAll(() => service.stop());

describe('AuditService', () => {
  it('balances', async () => {
    expect(await client.call('AuditService/TrialBalance', {})).toEqual({
      rows: [
        { account: 'custody', asset: 'USD', debits: '1', credits: '0', balance: '-1' },
        { account: 'customers', asset: 'USD', debits: '0.045', credits: '1', balance: '0.955' },
        { account: 'revenue', asset: 'USD', debits: '0', credits: '0.045', balance: '0.045' },
      ],
      balanced: true,
    });
  });

  it('verifies with progress, and finds what was broken', async () => {
    const sound = await client.readAll('AuditService/Verify', {});
    expect(sound.some(({ part }) => part === 'progress')).toBe(true);
    expect(sound.at(-1)).toMatchObject({
      part: 'summary',
      summary: { ok: true, findings: 0, complete: true, checked: { journal: 4 } },
    });
    await service.owner.query(`UPDATE transfer SET amount = amount + 1 WHERE kind = 'settle'`);
    const broken = await client.readAll('AuditService/Verify', { findingsMax: 5 });
    const findings = broken.filter(({ part }) => part === 'finding').map(({ finding }) => (finding as Message)['rule']);
    expect(findings).toContain('pocket-balance');
    expect(broken.at(-1)).toMatchObject({ summary: { ok: false } });
    await service.owner.query(`UPDATE transfer SET amount = amount - 1 WHERE kind = 'settle'`);
  });

  it('lets go of the work when the caller is gone', async () => {
    const method = METHODS.get('/tollgate.v1.AuditService/Verify');
    const raw = (bytes: Buffer): Buffer => bytes;
    const call = client.channel.makeServerStreamRequest(method?.path ?? '', raw, raw, Buffer.alloc(0), client.metadata);
    const gone = new Promise((resolve) => call.once('error', resolve));
    call.once('data', () => call.cancel());
    await gone;
    await waitFor('the transaction to end', async () => (await service.owner.query(READING)).rowCount === 0);
  });
});
