import { afterEach, describe, expect, test } from '@jest/globals';
import { Tollgate } from 'tollgate/client';
import { Random, SEED } from '../kill/random.js';
import { openCustomer } from '../support/customer.js';
import { createTestDatabase, type TestDatabase } from '../support/databases.js';
import { TestClient } from '../support/grpc-client.js';
import { startTestService, type TestService } from '../support/service.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/waiting.js';
import { openClient } from './support.js';

const CANDIDATES = [{ model: 'claude-fable-5', quantities: { input_tokens: '10', output_tokens: '200' } }];

/** What a gateway was told: it compares that with the books. */
interface GatewayRecord {
  charges: Map<string, string>;
  released: number;
}

describe(`the client over connections that break (seed ${SEED})`, () => {
  const closing: (() => Promise<unknown> | unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  test('cut at random points: each request is charged exactly once', async () => {
    const random = new Random(SEED);
    const service: TestService = await startTestService();
    closing.push(() => service.stop());
    const proxy = await TcpProxy.start(service.port);
    closing.push(() => proxy.stop());
    proxy.cutAfter = () => random.whole(500, 60_000);
    const admin = await service.client();
    const { key, accountId } = await openCustomer(admin, '1000');
    const client = await openClient(service, { port: proxy.port, deadlineMs: 60_000 });
    closing.push(() => client.close());
    const record = await gateway(client, key, { workers: 20, requests: 30 });
    await client.drain();
    expect(proxy.cuts).toBeGreaterThan(3);
    await agree(admin, accountId, record, '1000');
  });

  test('a service that is killed and started again under load: each request is charged exactly once', async () => {
    const database: TestDatabase = await createTestDatabase();
    closing.push(() => database.drop());
    const start = (): Promise<ServiceProcess> =>
      startServiceProcess({
        DATABASE_URL: database.url,
        DATABASE_MIGRATION_URL: database.migrationUrl,
        LOG_LEVEL: 'error',
      });
    let service = await start();
    closing.push(() => service.end());
    const proxy = await TcpProxy.start(portOf(service));
    closing.push(() => proxy.stop());
    const token = service.firstToken ?? '';
    const admin = new TestClient(portOf(service), token);
    const { key, accountId } = await openCustomer(admin, '1000');
    admin.close();
    const client = new Tollgate({ address: `127.0.0.1:${proxy.port}`, token, deadlineMs: 120_000 });
    closing.push(() => client.close());
    let answered = 0;
    const load = gateway(client, key, { workers: 20, requests: 150, onCharged: () => (answered += 1) });
    for (const moment of [200, 1200]) {
      await waitFor('charges', () => answered >= moment, 60_000);
      expect(await service.end('SIGKILL')).toBe('SIGKILL');
      service = await start();
      proxy.target = portOf(service);
    }
    const record = await load;
    await client.drain();
    const reader = new TestClient(portOf(service), token);
    closing.push(() => reader.close());
    await agree(reader, accountId, record, '1000');
  });
});

interface Load {
  readonly workers: number;
  readonly requests: number;
  readonly onCharged?: () => void;
}

/** A gateway's requests: each reserves, and settles or, every tenth, releases. */
async function gateway(client: Tollgate, key: string, load: Load): Promise<GatewayRecord> {
  const record: GatewayRecord = { charges: new Map(), released: 0 };
  const worker = async (): Promise<void> => {
    for (let request = 0; request < load.requests; request += 1) {
      await using reservation = await client.reserve({ key, candidates: CANDIDATES });
      if (request % 10 === 9) {
        record.released += 1;
        continue;
      }
      const charged = await reservation.settle({ output_tokens: String(1 + request) });
      record.charges.set(charged.chargeId, charged.total);
      load.onCharged?.();
    }
  };
  await Promise.all(Array.from({ length: load.workers }, worker));
  return record;
}

/** The books have what the gateway was told: no charge more, none less, each of the same amount, and nothing held. */
async function agree(admin: TestClient, accountId: string, record: GatewayRecord, funds: string): Promise<void> {
  const sum = [...record.charges.values()].reduce((total, amount) => total + nanos(amount), 0n);
  const lines = await admin.readAll('AccountService/Statement', { accountId, asset: 'USD' });
  const charged = new Map<string, bigint>();
  let settles = 0;
  for (const { line } of lines as { line?: { commandId: string; commandType: string; amount: string } }[]) {
    if (line?.commandType !== 'Settle') continue;
    settles += 1;
    charged.set(line.commandId, -nanos(line.amount));
  }
  expect(settles).toBe(record.charges.size);
  expect(charged).toEqual(new Map([...record.charges].map(([id, amount]) => [id, nanos(amount)])));
  const { balances } = (await admin.call('AccountService/GetBalance', { accountId })) as {
    balances: { available: string; held?: string }[];
  };
  expect(nanos(balances[0]?.available ?? '')).toBe(nanos(funds) - sum);
  expect(balances[0]?.held ?? '0').toBe('0');
}

/** Dollars as whole numbers of 10^-9. */
function nanos(amount: string): bigint {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)\.?(\d*)$/.exec(amount) ?? [];
  return BigInt(sign + whole + fraction.padEnd(9, '0'));
}

function portOf({ address }: ServiceProcess): number {
  return Number(address?.split(':').at(-1));
}
