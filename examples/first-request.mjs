// One request of a customer, from an empty account to its charge. Run it against `npm start`:
//   TOLLGATE_TOKEN=tg_... node examples/first-request.mjs
import { randomUUID } from 'node:crypto';
import { credentials, loadPackageDefinition, Metadata } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const address = process.env.TOLLGATE_ADDRESS ?? '127.0.0.1:50051';
const files = ['spend', 'accounts', 'keys'].map((name) => `tollgate/v1/${name}.proto`);
const includeDirs = [new URL('../proto', import.meta.url).pathname];
const { tollgate } = loadPackageDefinition(
  loadSync(files, { includeDirs, longs: Number, enums: String, oneofs: true }),
);

const metadata = new Metadata();
metadata.set('authorization', `Bearer ${process.env.TOLLGATE_TOKEN}`);

/** Calls a method of a service; a refusal is thrown with its message. */
function call(service, method, request) {
  const client = new tollgate.v1[service](address, credentials.createInsecure());
  return new Promise((resolve, reject) => {
    client[method](request, metadata, (error, answer) => {
      client.close();
      if (error) reject(new Error(`${service}.${method}: ${error.details}`));
      else resolve(answer);
    });
  });
}

/** A UUIDv7: every command has one, and sending it again does nothing twice. */
function newId() {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

try {
  const { account } = await call('AccountService', 'Open', { id: newId(), settings: { name: 'First customer' } });
  const accountId = account.id;
  await call('AccountService', 'Fund', {
    id: newId(),
    accountId,
    asset: 'USD',
    amount: '10',
    reference: `example-${accountId}`,
  });
  const { secret } = await call('KeyService', 'Mint', { id: newId(), accountId, label: 'first key' });
  console.log(`account ${accountId} has 10 USD, and the key ${secret}`);

  // Before the upstream call: may this key spend that much, at most?
  const worstCase = { model: 'claude-opus-4-5', quantities: { input_tokens: '1200', output_tokens: '2000' } };
  const reserved = await call('SpendService', 'Reserve', { id: newId(), key: secret, candidates: [worstCase] });
  console.log(`reserved: ${reserved.hold} ${reserved.asset} is held, ${reserved.available} is left`);

  // After it: this is what it really used.
  const usage = { input_tokens: '1200', output_tokens: '417' };
  const { charged } = await call('SpendService', 'Settle', {
    reservationId: reserved.reservationId,
    key: secret,
    usage,
  });
  console.log(`settled: ${charged.total} ${charged.asset} is charged, ${charged.available} is left`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
