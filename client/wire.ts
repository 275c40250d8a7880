import { fileURLToPath } from 'node:url';
import { loadSync, type MethodDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import { type ErrorContext, errorOf, type TollgateError } from './errors.js';
import type { Kind } from './requests.js';

/** Next to `dist/`, which this file is built into. */
const PROTO_DIR = fileURLToPath(new URL('../../proto', import.meta.url));

const service = loadSync('tollgate/v1/spend.proto', {
  includeDirs: [PROTO_DIR],
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
})['tollgate.v1.SpendService'] as ServiceDefinition;

const pipeline = service['Pipeline'] as MethodDefinition<object, PipelineResponse>;

/** The method's path, as HTTP/2 names it. */
export const PIPELINE_PATH = pipeline.path;

/** An answer of the stream: `answer` names the field that is set. */
export type Answer = {
  readonly correlation: number;
  readonly answer: Kind | 'error';
  readonly error?: ErrorMessage;
} & {
  readonly [K in Kind]?: object;
};

export interface PipelineResponse {
  readonly answers: readonly Answer[];
}

/** tollgate.v1.Error. */
export interface ErrorMessage extends ErrorContext {
  readonly code: string;
  readonly message: string;
}

/** Writes one message of commands. */
export function encode(commands: readonly object[]): Buffer {
  return pipeline.requestSerialize({ commands });
}

/** Reads one message of answers. */
export function decode(bytes: Buffer): PipelineResponse {
  return pipeline.responseDeserialize(bytes);
}

/** The error that a refusal is told as. */
export function errorOfMessage({ code, message, field, ...context }: ErrorMessage): TollgateError {
  return errorOf(code, message, { ...context, field: field === '' ? undefined : field });
}
