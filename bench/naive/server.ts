import { type handleUnaryCall, Server, ServerCredentials, type ServiceDefinition, status } from '@grpc/grpc-js';
import { loadDefinition } from '#tollgate/api/grpc/definition.js';
import { spendAnswer } from '#tollgate/api/grpc/spend-answers.js';
import type { ReserveRequest, SettleRequest } from '#tollgate/api/grpc/spend-requests.js';
import type { Command } from '#tollgate/core/ledger/commands.js';
import { hashSecret } from '#tollgate/secrets/secret.js';
import { type BenchAccount, samplePrices, TTL_MS } from '../workload.js';
import { OneByOne } from './one-by-one.js';

/*
 * The obvious way behind the same gRPC methods: each call is a transaction. It checks no token and no syntax, and knows
 * every key's hash beforehand. Its accounts and database come as its first message; its answer is its address.
 */

export interface NaiveStart {
  readonly url: string;
  readonly connections: number;
  readonly buckets: number;
  readonly accounts: readonly BenchAccount[];
}

type Owner = Pick<BenchAccount, 'accountId' | 'keyId'>;

process.once('message', (start) => void serve(start as NaiveStart));
process.once('disconnect', () => process.exit());
process.once('SIGTERM', () => process.exit());
process.on('SIGINT', () => undefined);

async function serve({ url, connections, buckets, accounts }: NaiveStart): Promise<void> {
  const oneByOne = new OneByOne(url, connections, buckets, samplePrices(), false);
  const owners = new Map<string, Owner>(accounts.map((account) => [hashOf(account.secret), account]));
  const carryOut = <R>(make: (request: R) => Command): handleUnaryCall<R, object> => {
    return ({ request }, answer) => {
      const command = make(request);
      oneByOne.submit(command).then(
        (outcome) => {
          if (outcome.ok) answer(null, spendAnswer(command, outcome));
          else answer({ code: status.FAILED_PRECONDITION, details: `${outcome.code} ${outcome.message}` });
        },
        (error: unknown) => answer({ code: status.INTERNAL, details: String(error) }),
      );
    };
  };
  const { Reserve, Settle } = loadDefinition()['tollgate.v1.SpendService'] as ServiceDefinition;
  const server = new Server();
  server.addService({ Reserve, Settle } as ServiceDefinition, {
    Reserve: carryOut((request: ReserveRequest) => reserveOf(request, owners)),
    Settle: carryOut(settleOf),
  });
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.send?.({ address: `127.0.0.1:${port}` });
  });
}

function reserveOf(
  { id = '', key = '', candidates = [] }: ReserveRequest,
  owners: ReadonlyMap<string, Owner>,
): Command {
  const { accountId = '', keyId = '' } = owners.get(hashOf(key)) ?? {};
  return {
    type: 'Reserve',
    id,
    accountId,
    keyId,
    candidates: candidates.map(({ model = '', quantities = {} }) => ({ model, quantities, dimensions: {} })),
    ttlMs: TTL_MS,
  };
}

function settleOf({ reservationId = '', accountId = '', usage = {} }: SettleRequest): Command {
  return { type: 'Settle', id: reservationId, accountId, reservationId, final: true, candidate: 0, usage };
}

function hashOf(secret: string): string {
  return hashSecret(secret).toString('base64');
}
