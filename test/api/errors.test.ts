import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { STATUS_OF } from '../../src/api/outcome-status.js';
import { Ledger } from '../../src/ledger/ledger.js';
import { openCustomer } from '../support/customer.js';
import { CallRefused, type TestClient } from '../support/grpc-client.js';
import { newId } from '../support/ids.js';
import { startTestService, type TestService } from '../support/service.js';

let service: TestService;
let client: TestClient;

beforeAll(async () => {
  service = await startTestService();
  client = await service.client();
});

afterAll(() => service.stop());

async function refusalOf(call: Promise<unknown>): Promise<CallRefused> {
  const error = await call.catch((thrown: unknown) => thrown);
  if (error instanceof CallRefused) return error;
  throw new Error(`expected a refusal, got ${JSON.stringify(error)}`);
}

const wanting = (output_tokens: string) => [{ model: 'claude-opus-4-5', quantities: { output_tokens } }];

describe('a refusal', () => {
  it('of a method that is not there is UNIMPLEMENTED, as gRPC has it', async () => {
    const code = await new Promise((resolve) => {
      client.channel.makeUnaryRequest(
        '/tollgate.v1.SpendService/Nothing',
        (message: Buffer) => message,
        (message: Buffer) => message,
        Buffer.alloc(0),
        client.metadata,
        (error) => resolve(error?.code),
      );
    });
    expect(code).toBe(status.UNIMPLEMENTED);
  });

  it('tells why in ErrorInfo: no funds, or funds that are held', async () => {
    const { key } = await openCustomer(client, '1');
    const none = await refusalOf(
      client.call('SpendService/Reserve', { id: newId(), key, candidates: wanting('1000000') }),
    );
    expect(none).toMatchObject({
      grpcCode: status.FAILED_PRECONDITION,
      code: 'INSUFFICIENT_BALANCE',
      field: '',
      metadata: { reason: 'no_funds', asset: 'USD', required: '45', available: '1', held: '0' },
    });
    expect(none.metadata['request_id']).toBe(none.requestId);
    await client.call('SpendService/Reserve', { id: newId(), key, candidates: wanting('20000') });
    const held = await refusalOf(
      client.call('SpendService/Reserve', { id: newId(), key, candidates: wanting('20000') }),
    );
    expect(held.metadata).toMatchObject({ reason: 'funds_held', required: '0.9', available: '0.1', held: '0.9' });
  });

  it('names the field in BadRequest, and the values that it may have', async () => {
    const { accountId } = await openCustomer(client, '0');
    const fund = { id: newId(), accountId, asset: 'usd', amount: '1', reference: 'r' };
    expect(await refusalOf(client.call('AccountService/Fund', fund))).toMatchObject({
      grpcCode: status.INVALID_ARGUMENT,
      code: 'VALIDATION',
      field: 'asset',
      expected: 'expected the code of an asset; allowed: USD, CREDIT',
      metadata: { allowed: 'USD, CREDIT' },
    });
  });

  it('of a key with many models stays small enough to be sent', async () => {
    const only = Array.from({ length: 500 }, (_, index) => `model-${index}-${'x'.repeat(180)}`);
    const { key } = await openCustomer(client, '1', {}, { models: { only } });
    const refusal = await refusalOf(
      client.call('SpendService/Reserve', { id: newId(), key, candidates: wanting('1') }),
    );
    expect(refusal).toMatchObject({
      code: 'MODEL_NOT_ALLOWED',
      grpcCode: status.PERMISSION_DENIED,
      field: 'candidates[0].model',
    });
  });

  it('says in RetryInfo when to come again', async () => {
    const other = await startTestService({ on: service });
    await other.app.get(Ledger).drain();
    const there = await other.client();
    const refusal = await refusalOf(there.call('AccountService/Open', { id: newId(), settings: { name: 'A' } }));
    expect(refusal).toMatchObject({ code: 'UNAVAILABLE', grpcCode: status.UNAVAILABLE, retryAfterMs: 1000 });
    await other.stop();
  });

  it('has a status for every code, and none of them is unknown', () => {
    for (const code of Object.values(STATUS_OF))
      expect([status.OK, status.UNKNOWN, status.CANCELLED]).not.toContain(code);
  });

  it('repeats no secret', async () => {
    const secret = 'nv_this-is-nobodys-secret';
    const refusal = await refusalOf(
      client.call('SpendService/Reserve', { id: newId(), key: secret, candidates: wanting('1') }),
    );
    expect(JSON.stringify({ ...refusal, message: refusal.message })).not.toContain(secret);
  });
});

describe('every call', () => {
  it('tells its request id in the trailer, a successful one too', async () => {
    const trailers = await new Promise<Metadata>((resolve, reject) => {
      const raw = (bytes: Buffer): Buffer => bytes;
      const call = client.channel.makeUnaryRequest(
        '/tollgate.v1.PriceService/List',
        raw,
        raw,
        Buffer.alloc(0),
        client.metadata,
        (error) => {
          if (error) reject(error);
        },
      );
      call.on('status', ({ metadata }) => resolve(metadata));
    });
    expect(trailers.get('tollgate-request-id')).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  });

  it('that has no message is refused by name', async () => {
    const stream = client.channel.makeClientStreamRequest(
      '/tollgate.v1.PriceService/List',
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
      client.metadata,
      () => undefined,
    );
    const ended = new Promise<{ code: status; details: string }>((resolve) => stream.on('status', resolve));
    stream.on('error', () => undefined);
    stream.end();
    expect(await ended).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringContaining('exactly one message'),
    });
  });
});

describe('health and reflection', () => {
  const ask = (path: string, request: Buffer): Promise<Buffer> => {
    const channel = new Client(`127.0.0.1:${service.port}`, credentials.createInsecure());
    const raw = (bytes: Buffer): Buffer => bytes;
    return new Promise<Buffer>((resolve, reject) => {
      const call = channel.makeBidiStreamRequest(path, raw, raw, new Metadata());
      call.once('data', resolve);
      call.once('error', reject);
      call.end(request);
    }).finally(() => channel.close());
  };

  it('are served without a token', async () => {
    const serving = Buffer.from([0x08, 0x01]);
    expect(await ask('/grpc.health.v1.Health/Check', Buffer.alloc(0))).toEqual(serving);
    const named = Buffer.concat([Buffer.from([0x0a, 24]), Buffer.from('tollgate.v1.SpendService')]);
    expect(await ask('/grpc.health.v1.Health/Check', named)).toEqual(serving);
    const listed = await ask('/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', Buffer.from([0x3a, 0x00]));
    for (const name of [
      'SpendService',
      'AccountService',
      'KeyService',
      'PriceService',
      'UsageService',
      'AuditService',
    ]) {
      expect(listed.toString('latin1')).toContain(`tollgate.v1.${name}`);
    }
  });

  it('describe maps and optional fields as the language prescribes', async () => {
    const symbol = 'tollgate.v1.ReserveRequest';
    const request = Buffer.concat([Buffer.from([0x22, symbol.length]), Buffer.from(symbol)]);
    const file = (await ask('/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', request)).toString('latin1');
    expect(file).toContain('TagsEntry');
    expect(file).toContain('_ttl_ms');
  });
});
