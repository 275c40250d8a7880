import { fileURLToPath } from 'node:url';
import {
  fromJSON,
  loadSync,
  type MessageTypeDefinition,
  type MethodDefinition,
  type ServiceDefinition,
} from '@grpc/proto-loader';
import { type ErrorContext, errorOf, type TollgateError } from './errors.js';
import { type Descriptor, messageWriter } from './message-writer.js';
import type { Kind } from './requests.js';
import { WireWriter } from './wire-writer.js';

/** Next to `dist/`, which this file is built into. */
const PROTO_DIR = fileURLToPath(new URL('../../proto', import.meta.url));
const OPTIONS = { longs: Number, enums: String, defaults: true, oneofs: true } as const;

const definition = loadSync('tollgate/v1/spend.proto', { ...OPTIONS, includeDirs: [PROTO_DIR] });
const service = definition['tollgate.v1.SpendService'] as ServiceDefinition;
const pipeline = service['Pipeline'] as MethodDefinition<object, object>;
const error = definition['tollgate.v1.Error'] as MessageTypeDefinition<object, ErrorMessage>;

const ANSWER_FIELDS = {
  error: 2,
  reserve: 3,
  settle: 4,
  release: 5,
  extend: 6,
  charge: 7,
  refund: 8,
  quote: 9,
} as const;

/**
 * PipelineResponse and ReserveResponse again, read only as far as an answer needs for its command to go on. On the wire a
 * message is bytes: they are decoded where somebody looks at them, which of a reservation few do.
 */
const envelope = fromJSON(
  {
    nested: {
      Response: { fields: { answers: { rule: 'repeated', type: 'Answer', id: 1 } } },
      Answer: {
        oneofs: { answer: { oneof: Object.keys(ANSWER_FIELDS) } },
        fields: {
          correlation: { type: 'uint32', id: 1 },
          ...Object.fromEntries(Object.entries(ANSWER_FIELDS).map(([name, id]) => [name, { type: 'bytes', id }])),
        },
      },
      Reserved: { fields: { accountId: { type: 'string', id: 2 } } },
    },
  },
  OPTIONS,
);
const response = envelope['Response'] as MessageTypeDefinition<object, PipelineResponse>;
const reserved = envelope['Reserved'] as MessageTypeDefinition<object, { readonly accountId: string }>;

/** The method's path, as HTTP/2 names it. */
export const PIPELINE_PATH = pipeline.path;

/** An answer of the stream: `answer` names the field that is set. */
export type Answer = { readonly correlation: number; readonly answer?: Kind | 'error' } & {
  readonly [K in Kind | 'error']?: Buffer;
};

export interface PipelineResponse {
  readonly answers: readonly Answer[];
}

/** tollgate.v1.Error. */
interface ErrorMessage extends ErrorContext {
  readonly code: string;
  readonly message: string;
}

const typeOf = (name: string): Descriptor =>
  (definition[`tollgate.v1.${name}`] as MessageTypeDefinition<object, object>).type as Descriptor;
const writeRequest = messageWriter(typeOf('PipelineRequest'), typeOf);
const writer = new WireWriter();

/**
 * Writes one message of commands.
 *
 * @throws TypeError where a value is not of its field's type.
 */
export function encode(commands: readonly object[]): Buffer {
  writer.reset();
  writeRequest(writer, { commands });
  return writer.bytes();
}

/** Reads one message of answers. */
export function decode(bytes: Buffer): PipelineResponse {
  return response.deserialize(bytes);
}

/** Reads what was answered to a command of that kind. */
export function decodeAnswer(kind: Kind, bytes: Buffer): object {
  return methodOf[kind].responseDeserialize(bytes);
}

/** The account that an answer to a reserve names. */
export function accountOf(bytes: Buffer): string {
  return reserved.deserialize(bytes).accountId;
}

/** Reads a refusal, as the error that it is told as. */
export function decodeError(bytes: Buffer): TollgateError {
  const { code, message, field, ...context } = error.deserialize(bytes);
  return errorOf(code, message, { ...context, field: field === '' ? undefined : field });
}

type Method = MethodDefinition<object, object>;

const methodOf: Readonly<Record<Kind, Method>> = {
  quote: service['Quote'] as Method,
  reserve: service['Reserve'] as Method,
  settle: service['Settle'] as Method,
  release: service['Release'] as Method,
  extend: service['Extend'] as Method,
  charge: service['Charge'] as Method,
  refund: service['Refund'] as Method,
};
