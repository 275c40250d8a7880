import { fileURLToPath } from 'node:url';
import { Client, type ClientDuplexStream, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import {
  loadSync,
  type MessageTypeDefinition,
  type MethodDefinition,
  type ServiceDefinition,
} from '@grpc/proto-loader';
import { protoPath as HEALTH_PROTO } from 'grpc-health-check';
import type { Refusal, Reply } from './messages.js';

const OPTIONS = { longs: Number, enums: String, defaults: false, oneofs: true } as const;
const PROTO_DIR = fileURLToPath(new URL('../../../proto', import.meta.url));
const NAMES = ['spend', 'accounts', 'keys', 'prices', 'usage', 'audit'].map((name) => `tollgate/v1/${name}.proto`);
const definition = loadSync([...NAMES, 'google/rpc/status.proto', 'google/rpc/error_details.proto'], {
  ...OPTIONS,
  includeDirs: [PROTO_DIR],
});
const health = loadSync(HEALTH_PROTO, OPTIONS);

const HEALTH_DEADLINE_MS = 1000;
const DETAILS = 'grpc-status-details-bin';

type Method = MethodDefinition<object, object>;

/** Calls of one service token: what a gateway has of Tollgate. */
export class Connection {
  readonly #client: Client;
  readonly #metadata = new Metadata();

  constructor(address: string, token: string) {
    this.#client = new Client(address, credentials.createInsecure());
    if (token !== '') this.#metadata.set('authorization', `Bearer ${token}`);
  }

  /** One call, one answer. Refusals are answers; what has no code of Tollgate's is thrown. */
  call<T>(service: string, name: string, request: object): Promise<Reply<T>> {
    const { path, requestSerialize, responseDeserialize } = methodOf(service, name);
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        this.#metadata,
        (error, answer) => {
          if (!error) return resolve({ ok: true, value: answer as T });
          const refusal = refusalOf(error);
          if (refusal) resolve({ ok: false, refusal });
          else reject(new Error(`${path}: ${error.message}`));
        },
      );
    });
  }

  /** The same where a refusal is a fault of the demo. */
  async must<T>(service: string, name: string, request: object): Promise<T> {
    const reply = await this.call<T>(service, name, request);
    if (!reply.ok) throw new Error(`${service}.${name} was refused: ${reply.refusal.code} ${reply.refusal.message}`);
    return reply.value;
  }

  /** One call that answers many messages. */
  async *stream<T>(service: string, name: string, request: object): AsyncGenerator<T> {
    const { path, requestSerialize, responseDeserialize } = methodOf(service, name);
    const call = this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      this.#metadata,
    );
    for await (const message of call) yield message as T;
  }

  duplex(service: string, name: string): ClientDuplexStream<object, object> {
    const { path, requestSerialize, responseDeserialize } = methodOf(service, name);
    return this.#client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, this.#metadata);
  }

  /** Whether the service says of itself that it serves. */
  isServing(): Promise<boolean> {
    const { path, requestSerialize, responseDeserialize } = healthCheck();
    const options = { deadline: Date.now() + HEALTH_DEADLINE_MS };
    return new Promise((resolve) => {
      this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        {},
        new Metadata(),
        options,
        (error, answer) => {
          resolve(!error && (answer as { status?: string }).status === 'SERVING');
        },
      );
    });
  }

  close(): void {
    this.#client.close();
  }
}

function methodOf(service: string, name: string): Method {
  const found = (definition[`tollgate.v1.${service}`] as ServiceDefinition | undefined)?.[name];
  if (!found) throw new Error(`no method ${service}.${name}`);
  return found;
}

function healthCheck(): Method {
  return (health['grpc.health.v1.Health'] as ServiceDefinition)['Check'] as Method;
}

interface ErrorDetails {
  readonly details?: readonly { readonly type_url: string; readonly value: Buffer }[];
}

interface ErrorInfo {
  readonly reason?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The refusal in a status: google.rpc.ErrorInfo has its stable code. */
function refusalOf(error: ServiceError): Refusal | undefined {
  const [bytes] = error.metadata.get(DETAILS);
  if (!Buffer.isBuffer(bytes)) return undefined;
  const { details = [] } = messageType('google.rpc.Status').deserialize(bytes) as ErrorDetails;
  const packed = details.find(({ type_url: type }) => type.endsWith('google.rpc.ErrorInfo'));
  if (!packed) return undefined;
  const { reason = status[error.code] ?? '', metadata = {} } = messageType('google.rpc.ErrorInfo').deserialize(
    packed.value,
  ) as ErrorInfo;
  const { field, ...more } = metadata;
  return { code: reason, message: error.details, ...(field !== undefined && { field }), details: more };
}

function messageType(name: string): MessageTypeDefinition<object, object> {
  return definition[name] as MessageTypeDefinition<object, object>;
}
