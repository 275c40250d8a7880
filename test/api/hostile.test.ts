import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadDefinition, messageType } from '../../src/api/grpc/definition.js';
import { type Customer, openCustomer } from '../support/customer.js';
import { CallRefused, METHODS, type Message, type TestClient } from '../support/grpc-client.js';
import { newId } from '../support/ids.js';
import { startTestService, type TestService } from '../support/service.js';

const TEXTS = [
  '',
  '-1',
  '-0.000000001',
  '1e9',
  'NaN',
  'Infinity',
  '0x10',
  ' 1',
  '1,5',
  '.5',
  '00',
  '１２',
  '9'.repeat(30),
  '9'.repeat(5000),
  `0.${'0'.repeat(40)}1`,
  'nul \0 here',
  'x'.repeat(100_000),
  '__proto__',
  'constructor',
  "'; DROP TABLE journal; --",
  '{"a":1}',
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-7fff-bfff-ffffffffffff',
];
const NUMBERS = [-1, 0, 1, 0.5, 2 ** 31, 2 ** 53, -(2 ** 53), 2 ** 63, Number.NaN, Number.POSITIVE_INFINITY];
const ENUM_NUMBERS = [0, 99, -1, 2 ** 31 - 1];
const NAMES = ['', '__proto__', 'constructor', 'nul \0', 'x'.repeat(5000), 'toString'];

interface Field {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly typeName?: string;
}

interface MessageDescriptor {
  readonly field: readonly Field[];
  /** Every map is a message of its own. */
  readonly nestedType: readonly { readonly name: string }[];
}

const definition = loadDefinition();

let service: TestService;
let client: TestClient;
let customer: Customer;
let reservationId: string;
let requests: Record<string, Message>;

beforeAll(async () => {
  service = await startTestService();
  client = await service.client();
  customer = await openCustomer(client, '1000000');
  reservationId = newId();
  const { accountId, key, keyId } = customer;
  const candidates = [
    { model: 'claude-opus-4-5', quantities: { input_tokens: '1', output_tokens: '1' }, dimensions: { a: 'b' } },
  ];
  await client.call('SpendService/Reserve', { id: reservationId, key, candidates });
  const usage = { output_tokens: '1' };
  const owned = { accountId, reservationId };
  const settings = { name: 'A', books: { byAsset: { USD: 'nightveil' } }, creditLimits: { byAsset: { USD: '0' } } };
  requests = {
    'SpendService/Quote': { key, candidates },
    'SpendService/Reserve': { id: newId(), key, candidates, ttlMs: 60_000, tags: { a: 'b' } },
    'SpendService/Settle': {
      ...owned,
      interim: true,
      id: newId(),
      usage,
      dimensions: { a: 'b' },
      cost: '0.01',
      tags: { a: 'b' },
    },
    'SpendService/Release': { accountId, reservationId: newId() },
    'SpendService/Extend': {
      id: newId(),
      ...owned,
      ttlMs: 60_000,
      holdAmount: '0.1',
      quantities: { output_tokens: '2' },
      candidate: 0,
    },
    'SpendService/Charge': {
      id: newId(),
      key,
      model: 'claude-opus-4-5',
      usage,
      dimensions: { a: 'b' },
      cost: '1',
      tags: { a: 'b' },
    },
    'SpendService/Refund': { id: newId(), accountId, chargeId: newId(), amount: '1', reason: 'r' },
    'SpendService/GetReservation': owned,
    'AccountService/Open': { id: newId(), settings },
    'AccountService/Update': { id: newId(), accountId, set: settings },
    'AccountService/Get': { accountId },
    'AccountService/GetBalance': { accountId },
    'AccountService/Fund': { id: newId(), accountId, asset: 'USD', amount: '1', reference: 'hostile' },
    'AccountService/Grant': { id: newId(), accountId, asset: 'USD', amount: '1', priority: 1, reason: 'r' },
    'AccountService/Adjust': { id: newId(), accountId, asset: 'USD', amount: '1', reason: 'r' },
    'AccountService/Statement': { accountId },
    'KeyService/Mint': { id: newId(), accountId, label: 'l', models: { all: true } },
    'KeyService/Update': { id: newId(), accountId, keyId, label: 'l', models: { only: ['claude-opus-4-5'] } },
    'KeyService/List': { accountId, pageSize: 1 },
    'KeyService/Revoke': { id: newId(), accountId, keyId: newId() },
    'KeyService/Authenticate': { key },
    'PriceService/Import': { contentJson: '{}' },
    'PriceService/List': {},
    'PriceService/Get': { book: 'nightveil' },
    'UsageService/Query': { accountId, groupBy: ['USAGE_GROUP_KEY'], timeZone: 'UTC' },
    'AuditService/Verify': { findingsMax: 1 },
    'AuditService/TrialBalance': {},
  };
});

afterAll(() => service.stop());

const UNARY_AND_READ = [...METHODS.values()]
  .filter(({ requestStream }) => !requestStream)
  .map(({ path }) => path.replace('/tollgate.v1.', ''));

/** Calls it: undefined where it was carried out. */
async function send(path: string, request: Message | Buffer): Promise<CallRefused | undefined> {
  const method = METHODS.get(`/tollgate.v1.${path}`);
  const bytes = Buffer.isBuffer(request) ? request : (method?.requestSerialize(request) as Buffer);
  try {
    if (method?.responseStream) await client.readAll(path, bytes);
    else await client.callRaw(path, bytes);
    return undefined;
  } catch (error) {
    if (error instanceof CallRefused) return error;
    throw error;
  }
}

function expectNamed(refusal: CallRefused | undefined): void {
  if (!refusal) return;
  expect([status.INTERNAL, status.UNKNOWN]).not.toContain(refusal.grpcCode);
  expect(refusal.code).toMatch(/^[A-Z_]+$/);
  expect(refusal.requestId).toMatch(/^[0-9a-f-]{36}$/);
}

/** The request with every hostile value in the place of each of its fields, one at a time. */
function* mutations(type: string, request: Message): Generator<Message> {
  const { field: fields, nestedType: maps } = messageType(definition, `tollgate.v1.${type}`).type as MessageDescriptor;
  for (const field of fields) {
    const isMap = maps.some(({ name }) => name === field.typeName);
    const values = isMap ? hostileMaps() : hostileValues(field, request[field.name]);
    for (const value of values) yield { ...request, [field.name]: value };
  }
}

function* hostileValues(field: Field, base: unknown): Generator<unknown> {
  const repeated = field.label === 'LABEL_REPEATED';
  if (field.type === 'TYPE_MESSAGE') {
    const own = (repeated ? (base as Message[] | undefined)?.[0] : (base as Message | undefined)) ?? {};
    for (const mutation of mutations(field.typeName ?? '', own)) yield repeated ? [mutation] : mutation;
    if (repeated) yield Array.from({ length: 100 }, () => own);
    yield repeated ? [] : {};
  } else {
    const values =
      field.type === 'TYPE_STRING'
        ? TEXTS
        : field.type === 'TYPE_ENUM'
          ? ENUM_NUMBERS
          : field.type === 'TYPE_BOOL'
            ? []
            : NUMBERS;
    for (const value of values) yield repeated ? [value] : value;
  }
}

function* hostileMaps(): Generator<Message> {
  for (const text of TEXTS) yield { output_tokens: text };
  for (const name of NAMES) yield Object.fromEntries([[name, '1']]);
  yield Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`m${index}`, '1']));
}

describe('hostile input', () => {
  it('has a request for every method', () => {
    expect(Object.keys(requests).sort()).toEqual([...UNARY_AND_READ].sort());
  });

  it.each(UNARY_AND_READ)('%s names what is wrong with any field', async (path) => {
    const requestType = String(
      (METHODS.get(`/tollgate.v1.${path}`)?.requestType.type as { name?: string } | undefined)?.name,
    );
    for (const mutation of mutations(requestType, requests[path] ?? {})) {
      const refusal = await send(path, mutation);
      try {
        expectNamed(refusal);
      } catch (error) {
        throw new Error(`${path} ${JSON.stringify(mutation).slice(0, 500)}`, { cause: error });
      }
    }
  });

  it.each(UNARY_AND_READ)('%s names bytes that are no message', async (path) => {
    const refusal = await send(path, Buffer.from([0x0f]));
    expect(refusal).toMatchObject({
      grpcCode: status.INVALID_ARGUMENT,
      code: 'VALIDATION',
      message: expect.stringContaining('readable'),
    });
    expectNamed(await send(path, Buffer.from([0x0a, 0xff, 0xff, 0xff, 0x0f])));
    // Field 1 as another type than it is.
    expectNamed(await send(path, Buffer.from([0x08, 0x96, 0x01])));
    expectNamed(await send(path, Buffer.from([0x0d, 1, 2, 3, 4])));
  });

  it('ignores fields that it does not know', async () => {
    const method = METHODS.get('/tollgate.v1.AccountService/Get');
    const unknown = Buffer.from([0xa2, 0x06, 0x02, 0x68, 0x69]);
    const bytes = Buffer.concat([
      method?.requestSerialize({ accountId: customer.accountId }) ?? Buffer.alloc(0),
      unknown,
    ]);
    expect(await client.callRaw('AccountService/Get', bytes)).toMatchObject({ account: { id: customer.accountId } });
  });

  it('refuses a message that is too large by name', async () => {
    const refusal = await send('PriceService/Import', { contentJson: ' '.repeat(5 * 1024 * 1024) });
    expect(refusal).toMatchObject({ grpcCode: status.RESOURCE_EXHAUSTED, code: 'RESOURCE_EXHAUSTED' });
  });

  const quantity = (text: string) => ({ candidates: [{ model: 'm', quantities: { output_tokens: text } }] });
  it.each<[string, Message, string]>([
    ['SpendService/Reserve', { id: 'x' }, 'id'],
    ['SpendService/Reserve', { id: '019350fa-0c00-4000-8000-000000000000' }, 'id'],
    ['SpendService/Reserve', { candidates: [] }, 'candidates'],
    ['SpendService/Reserve', quantity('-1'), 'candidates[0].quantities.output_tokens'],
    ['SpendService/Reserve', quantity('NaN'), 'candidates[0].quantities.output_tokens'],
    ['SpendService/Reserve', quantity('1000000000000001'), 'candidates[0].quantities.output_tokens'],
    ['SpendService/Reserve', quantity('0.0000000000001'), 'candidates[0].quantities.output_tokens'],
    ['SpendService/Reserve', { candidates: [{ model: '' }] }, 'candidates[0].model'],
    ['SpendService/Reserve', { candidates: [{ model: 'a\0b' }] }, 'candidates[0].model'],
    ['SpendService/Reserve', { ttlMs: 999 }, 'ttl_ms'],
    ['SpendService/Reserve', { ttlMs: 604_800_001 }, 'ttl_ms'],
    ['SpendService/Reserve', { tags: { constructor: 'x' } }, 'tags.constructor'],
    ['SpendService/Reserve', { tags: { a: 'x'.repeat(257) } }, 'tags.a'],
    ['SpendService/Reserve', { keyId: 'also' }, 'key'],
    ['SpendService/Settle', { key: 'also' }, 'account_id'],
    ['SpendService/Settle', { usage: { output_tokens: '-0' } }, 'usage.output_tokens'],
    ['SpendService/Settle', { cost: '-1' }, 'cost'],
    ['SpendService/Settle', { cost: '0.0000000001' }, 'cost'],
    ['SpendService/Settle', { candidate: 8 }, 'candidate'],
    ['SpendService/Extend', { expiresAtMs: 1 }, 'ttl_ms'],
    ['SpendService/Extend', { holdAmount: '1e3' }, 'hold_amount'],
    ['SpendService/Refund', { reason: '' }, 'reason'],
    ['SpendService/Refund', { amount: '' }, 'amount'],
    ['AccountService/Open', { settings: {} }, 'settings.name'],
    ['AccountService/Open', { accountId: 'x' }, 'account_id'],
    ['AccountService/Open', { settings: { name: 'A', timeZone: '+01:00' } }, 'settings.time_zone'],
    ['AccountService/Open', { settings: { name: 'A', status: 99 } }, 'settings.status'],
    [
      'AccountService/Open',
      { settings: { name: 'A', creditLimits: { byAsset: { EUR: '1' } } } },
      'settings.credit_limits.EUR',
    ],
    ['AccountService/Open', { settings: { name: 'A', books: { byAsset: { USD: 'no-such' } } } }, 'books.USD'],
    ['AccountService/Update', { set: {} }, 'set'],
    ['AccountService/Fund', { asset: 'EUR' }, 'asset'],
    ['AccountService/Fund', { amount: '0' }, 'amount'],
    ['AccountService/Fund', { amount: '-5' }, 'amount'],
    ['AccountService/Fund', { amount: '1.0000000001' }, 'amount'],
    ['AccountService/Fund', { amount: `1${'0'.repeat(30)}` }, 'amount'],
    ['AccountService/Fund', { reference: '' }, 'reference'],
    ['AccountService/Grant', { priority: 1001 }, 'priority'],
    ['AccountService/Grant', { expiresAtMs: 1 }, 'expires_at_ms'],
    ['AccountService/Adjust', { amount: '-0' }, 'amount'],
    ['KeyService/Mint', { models: {} }, 'models'],
    ['KeyService/Mint', { scope: 99 }, 'scope'],
    ['KeyService/Update', { label: undefined, models: undefined }, 'label'],
    ['KeyService/List', { pageSize: 0 }, 'page_size'],
    ['PriceService/Import', { contentJson: '{' }, 'content_json'],
    ['PriceService/Get', { priceVersionId: newId() }, 'price_version_id'],
    ['UsageService/Query', { fromAtMs: 1 }, 'from_at_ms'],
    ['UsageService/Query', { timeZone: 'Mars/Olympus' }, 'time_zone'],
  ])('%s of %j names %s', async (path, more, field) => {
    const request = { ...requests[path], id: newId(), ...more };
    expect(await send(path, request)).toMatchObject({ code: 'VALIDATION', field, metadata: { field } });
  });
});
