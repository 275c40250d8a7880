import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { MethodDefinition, PackageDefinition, ServiceDefinition } from '@grpc/proto-loader';
import { loadDefinition, messageType } from '../../src/api/grpc/definition.js';

export type Message = Record<string, unknown>;

const definition: PackageDefinition = loadDefinition();

/** Every method of the package, by its path. */
export const METHODS: ReadonlyMap<string, MethodDefinition<object, object>> = new Map(
  Object.values(definition)
    .filter((entry): entry is ServiceDefinition => !('format' in entry))
    .flatMap((service) =>
      Object.values(service).map((method) => [method.path, method as MethodDefinition<object, object>]),
    ),
);

/** A refused call, as its status and the details in its trailer tell it. */
export class CallRefused extends Error {
  readonly grpcCode: status;
  /** ErrorInfo.reason; empty where there were no details. */
  readonly code: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** BadRequest's first field, or empty. */
  readonly field: string;
  readonly expected: string;
  /** RetryInfo, in milliseconds; undefined where there is none. */
  readonly retryAfterMs: number | undefined;
  readonly requestId: string;

  constructor(error: ServiceError) {
    super(`${status[error.code]}: ${error.details}`);
    this.name = 'CallRefused';
    const details = detailsOf(error.metadata);
    const info = details.get('google.rpc.ErrorInfo') as
      | { reason?: string; metadata?: Record<string, string> }
      | undefined;
    const [violation] = ((details.get('google.rpc.BadRequest') as Message | undefined)?.['fieldViolations'] ??
      []) as Message[];
    const delay = details.get('google.rpc.RetryInfo') as
      | { retryDelay?: { seconds?: number; nanos?: number } }
      | undefined;
    this.grpcCode = error.code;
    this.code = info?.reason ?? '';
    this.metadata = info?.metadata ?? {};
    this.field = String(violation?.['field'] ?? '');
    this.expected = String(violation?.['description'] ?? '');
    this.retryAfterMs = delay && (delay.retryDelay?.seconds ?? 0) * 1000 + (delay.retryDelay?.nanos ?? 0) / 1_000_000;
    this.requestId = String(error.metadata.get('tollgate-request-id')[0] ?? '');
  }
}

function detailsOf(metadata: Metadata): Map<string, object> {
  const [bytes] = metadata.get('grpc-status-details-bin');
  if (!Buffer.isBuffer(bytes)) return new Map();
  const { details = [] } = messageType(definition, 'google.rpc.Status').deserialize(bytes) as {
    details?: { type_url: string; value: Buffer }[];
  };
  return new Map(
    details.map(({ type_url, value }) => {
      const name = type_url.slice(type_url.indexOf('/') + 1);
      return [name, messageType(definition, name).deserialize(value)];
    }),
  );
}

/** Calls methods by their path, below `/tollgate.v1.`: `SpendService/Reserve`. */
export class TestClient {
  readonly channel: Client;
  readonly metadata = new Metadata();

  constructor(port: number, token: string | undefined) {
    this.channel = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    });
    if (token !== undefined) this.metadata.set('authorization', `Bearer ${token}`);
  }

  /** A unary call. Rejects with `CallRefused`. */
  call(path: string, message: Message, deadlineMs = 20_000): Promise<Message> {
    const method = methodOf(path);
    return this.callRaw(path, method.requestSerialize(message), deadlineMs);
  }

  /** A unary call whose request is these bytes. */
  callRaw(path: string, bytes: Buffer, deadlineMs = 20_000): Promise<Message> {
    const method = methodOf(path);
    return new Promise((resolve, reject) => {
      this.channel.makeUnaryRequest(
        method.path,
        (raw: Buffer) => raw,
        method.responseDeserialize,
        bytes,
        this.metadata,
        { deadline: Date.now() + deadlineMs },
        (error, answer) => (error ? reject(new CallRefused(error)) : resolve(answer as Message)),
      );
    });
  }

  /** A server-streaming call, read to its end. Rejects with `CallRefused`. */
  readAll(path: string, bytes: Message | Buffer, deadlineMs = 20_000): Promise<Message[]> {
    const method = methodOf(path);
    const request = Buffer.isBuffer(bytes) ? bytes : method.requestSerialize(bytes);
    return new Promise((resolve, reject) => {
      const answers: Message[] = [];
      const call = this.channel.makeServerStreamRequest(
        method.path,
        (raw: Buffer) => raw,
        method.responseDeserialize,
        request,
        this.metadata,
        {
          deadline: Date.now() + deadlineMs,
        },
      );
      call.on('data', (answer: Message) => answers.push(answer));
      call.on('error', (error: ServiceError) => reject(new CallRefused(error)));
      call.on('end', () => resolve(answers));
    });
  }

  /** Opens SpendService.Pipeline. */
  pipeline(): PipelineClient {
    return new PipelineClient(this.channel, this.metadata);
  }

  close(): void {
    this.channel.close();
  }
}

/** One open Pipeline: sends messages, and collects the answers by their correlation. */
export class PipelineClient {
  readonly answers = new Map<number, Message>();
  /** How many messages the answers came in. */
  messages = 0;
  /** Resolves when the stream has ended: undefined where it ended well. */
  readonly ended: Promise<CallRefused | undefined>;
  private readonly call;
  private readonly waiting = new Map<number, (answer: Message) => void>();

  constructor(channel: Client, metadata: Metadata) {
    const method = methodOf('SpendService/Pipeline');
    this.call = channel.makeBidiStreamRequest(
      method.path,
      (message: Message | Buffer) => (Buffer.isBuffer(message) ? message : method.requestSerialize(message)),
      method.responseDeserialize,
      metadata,
    );
    this.call.on('data', (message: object) => this.take(message as { answers?: Message[] }));
    this.ended = new Promise((resolve) => {
      this.call.on('error', (error: ServiceError) => resolve(new CallRefused(error)));
      this.call.on('status', ({ code }: { code: status }) => code === status.OK && resolve(undefined));
    });
  }

  /** Sends one message: of commands, or these bytes. */
  send(message: { commands: Message[] } | Buffer): void {
    this.call.write(message);
  }

  /** Sends one command in a message of its own, and waits for its answer. */
  ask(correlation: number, command: Message): Promise<Message> {
    const answered = this.answerTo(correlation);
    this.send({ commands: [{ correlation, ...command }] });
    return answered;
  }

  answerTo(correlation: number): Promise<Message> {
    const known = this.answers.get(correlation);
    return known ? Promise.resolve(known) : new Promise((resolve) => this.waiting.set(correlation, resolve));
  }

  end(): void {
    this.call.end();
  }

  cancel(): void {
    this.call.cancel();
  }

  private take({ answers = [] }: { answers?: Message[] }): void {
    this.messages += 1;
    for (const answer of answers) {
      const correlation = Number(answer['correlation'] ?? 0);
      this.answers.set(correlation, answer);
      this.waiting.get(correlation)?.(answer);
      this.waiting.delete(correlation);
    }
  }
}

function methodOf(path: string): MethodDefinition<object, object> {
  const method = METHODS.get(`/tollgate.v1.${path}`);
  if (!method) throw new Error(`no method ${path}`);
  return method;
}
