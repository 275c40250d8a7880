import { fileURLToPath } from 'node:url';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import {
  loadSync,
  type MessageTypeDefinition,
  type MethodDefinition,
  type PackageDefinition,
  type ServiceDefinition,
} from '@grpc/proto-loader';
import { type Command, InvalidArgumentError } from 'commander';
import { type Config, loadConfig } from '../config/config.js';
import { CommandFailed } from './command-failed.js';

const PROTO_DIR = fileURLToPath(new URL('../../proto', import.meta.url));
const SERVICES = ['spend', 'accounts', 'keys', 'prices', 'usage', 'audit'].map((name) => `tollgate/v1/${name}.proto`);
const DETAILS = ['google/rpc/status.proto', 'google/rpc/error_details.proto'];
const PACKAGE = 'tollgate.v1';

type Method = MethodDefinition<object, object>;

interface CallFlags {
  readonly address?: string;
}

/** Adds `tollgate call`: any method of the service, with JSON in and out. */
export function registerCall(program: Command): void {
  program
    .command('call')
    .description('call a method of a running service; the service token is taken from TOLLGATE_TOKEN')
    .argument('<method>', 'such as SpendService.Quote')
    .argument('[request]', 'the request as JSON, fields named as in proto/', parseRequest, {})
    .option('--address <host:port>', 'where the service listens; GRPC_HOST:GRPC_PORT unless said')
    .action((method: string, request: object, flags: CallFlags) => call(method, request, flags, loadConfig()));
}

async function call(name: string, request: object, flags: CallFlags, config: Config): Promise<void> {
  const definition = loadSync([...SERVICES, ...DETAILS], {
    includeDirs: [PROTO_DIR],
    keepCase: true,
    longs: String,
    enums: String,
    oneofs: true,
  });
  const method = methodOf(definition, name);
  const client = new Client(flags.address ?? addressOf(config), credentials.createInsecure());
  const metadata = new Metadata();
  if (config.TOLLGATE_TOKEN) metadata.set('authorization', `Bearer ${config.TOLLGATE_TOKEN}`);
  try {
    for await (const answer of answersOf(client, method, request, metadata)) {
      console.log(JSON.stringify(answer, undefined, 2));
    }
  } catch (error) {
    throw new CommandFailed(explain(error as ServiceError, definition));
  } finally {
    client.close();
  }
}

/** One answer, or as many as the service streams. */
async function* answersOf(client: Client, method: Method, request: object, metadata: Metadata): AsyncGenerator<object> {
  const { path, requestSerialize, responseDeserialize } = method;
  if (method.responseStream) {
    yield* client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, metadata);
    return;
  }
  yield await new Promise<object>((answer, fail) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, (error, value) =>
      error || !value ? fail(error) : answer(value),
    );
  });
}

function methodOf(definition: PackageDefinition, name: string): Method {
  const methods = Object.entries(definition).flatMap(([service, entry]) =>
    service.startsWith(`${PACKAGE}.`) && !('format' in entry)
      ? Object.entries(entry as ServiceDefinition).map(
          ([method, found]) => [`${service.slice(PACKAGE.length + 1)}.${method}`, found as Method] as const,
        )
      : [],
  );
  const callable = methods.filter(([, method]) => !method.requestStream);
  const found = callable.find(([known]) => known === name);
  if (found) return found[1];
  throw new CommandFailed(
    `there is no method ${name}; expected one of\n  ${callable.map(([known]) => known).join('\n  ')}`,
  );
}

/** The stable code and what was expected, from the details that a refusal carries. */
function explain(error: ServiceError, definition: PackageDefinition): string {
  const [bytes] = error.metadata?.get('grpc-status-details-bin') ?? [];
  if (!(bytes instanceof Buffer)) return `${status[error.code] ?? error.code}: ${error.details}`;
  const { details = [] } = decode(definition, 'google.rpc.Status', bytes) as {
    details?: { type_url: string; value: Buffer }[];
  };
  const info = details.find(({ type_url }) => type_url.endsWith('google.rpc.ErrorInfo'));
  if (!info) return `${status[error.code]}: ${error.details}`;
  const { reason, metadata } = decode(definition, 'google.rpc.ErrorInfo', info.value) as {
    reason: string;
    metadata?: Record<string, string>;
  };
  const facts = Object.entries(metadata ?? {}).map(([key, value]) => `\n  ${key}: ${value}`);
  return `${reason}: ${error.details}${facts.join('')}`;
}

function decode(definition: PackageDefinition, name: string, bytes: Buffer): object {
  return (definition[name] as MessageTypeDefinition<object, object>).deserialize(bytes);
}

/** An address that a server listens on at all interfaces is none that a client can call. */
export function addressOf({ GRPC_HOST, GRPC_PORT }: Config): string {
  const host = GRPC_HOST === '0.0.0.0' || GRPC_HOST === '::' ? '127.0.0.1' : GRPC_HOST;
  return `${host}:${GRPC_PORT}`;
}

function parseRequest(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below, as for any other text that is no object.
  }
  throw new InvalidArgumentError('expected a JSON object');
}
