import {
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type StatusObject,
  status,
} from '@grpc/grpc-js';
import { backoffMs } from './backoff.js';
import { errorOf, type TollgateError } from './errors.js';
import { type Answer, decode, PIPELINE_PATH, type PipelineResponse } from './wire.js';

/** TLS for the connection, in PEM. Without `rootCertificates` those of Node.js are trusted. */
export interface TlsOptions {
  readonly rootCertificates?: Buffer;
  readonly privateKey?: Buffer;
  readonly certificate?: Buffer;
}

export interface LinkOptions {
  readonly address: string;
  readonly token: string;
  readonly tls?: boolean | TlsOptions | undefined;
}

/** Whom a link tells what happens to it. */
export interface LinkEvents {
  onAnswers(answers: readonly Answer[]): void;
  /** It may be written to, again or anew: after a full buffer, or after a pause behind a break. */
  onReady(): void;
  /** The stream is over; what was not answered on it is of unknown outcome. `final`: another one would end likewise. */
  onBroken(error: TollgateError, final: boolean): void;
}

const CHANNEL = {
  // Each attempt is a connection of its own: how long to wait between them is decided here.
  'grpc.use_local_subchannel_pool': 1,
  // A command is sent again by its id; kept copies of whole messages would only cost.
  'grpc.enable_retries': 0,
  'grpc.max_receive_message_length': -1,
  // A peer that vanished without a word is noticed within a quarter of a minute.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
} as const;

type Call = ClientDuplexStream<Buffer, PipelineResponse>;

/** One open `SpendService.Pipeline`, opened again with growing pauses whenever it broke. */
export class Link {
  readonly #credentials: ChannelCredentials;
  readonly #metadata = new Metadata();
  #client: Client | undefined;
  #call: Call | undefined;
  #writable = false;
  #failed = 0;
  #pause: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    private readonly options: LinkOptions,
    private readonly events: LinkEvents,
  ) {
    this.#credentials = credentialsOf(options.tls);
    this.#metadata.set('authorization', `Bearer ${options.token}`);
  }

  /** Whether a message may be written now. Opens the stream where there is none and no pause is due. */
  ready(): boolean {
    if (!this.#call && !this.#pause && !this.#closed) this.#open();
    return this.#writable;
  }

  write(message: Buffer): void {
    if (this.#call) this.#writable = this.#call.write(message);
  }

  close(): void {
    this.#closed = true;
    this.#writable = false;
    clearTimeout(this.#pause);
    this.#call?.cancel();
    this.#call = undefined;
    this.#client?.close();
  }

  #open(): void {
    const client = new Client(this.options.address, this.#credentials, CHANNEL);
    const call: Call = client.makeBidiStreamRequest(PIPELINE_PATH, (bytes: Buffer) => bytes, decode, this.#metadata);
    this.#client = client;
    this.#call = call;
    this.#writable = true;
    call.on('data', ({ answers }: PipelineResponse) => {
      this.#failed = 0;
      if (this.#call === call) this.events.onAnswers(answers);
    });
    call.on('drain', () => {
      if (this.#call !== call) return;
      this.#writable = true;
      this.events.onReady();
    });
    // The status tells the same, and comes after the last answer.
    call.on('error', () => undefined);
    call.on('status', (ended) => {
      client.close();
      if (this.#call === call) this.#broke(ended);
    });
  }

  #broke(ended: StatusObject): void {
    this.#call = undefined;
    this.#writable = false;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.events.onReady();
    }, backoffMs(this.#failed));
    this.#failed += 1;
    const final = ended.code === status.UNAUTHENTICATED || ended.code === status.PERMISSION_DENIED;
    this.events.onBroken(errorOfStatus(ended), final);
  }
}

function errorOfStatus({ code, details, metadata }: StatusObject): TollgateError {
  const [requestId] = metadata.get('tollgate-request-id');
  const context = { requestId: requestId === undefined ? undefined : String(requestId) };
  if (code === status.UNAUTHENTICATED) return errorOf('AUTHENTICATION_FAILED', details, context);
  if (code === status.PERMISSION_DENIED) return errorOf('PERMISSION_DENIED', details, context);
  return errorOf('UNAVAILABLE', `the stream ended with ${status[code]}: ${details}`, context);
}

function credentialsOf(tls: boolean | TlsOptions | undefined): ChannelCredentials {
  if (!tls) return credentials.createInsecure();
  if (tls === true) return credentials.createSsl();
  return credentials.createSsl(tls.rootCertificates, tls.privateKey, tls.certificate);
}
