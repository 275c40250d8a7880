import { fileURLToPath } from 'node:url';
import {
  loadSync,
  type MessageTypeDefinition,
  type PackageDefinition,
  type ServiceDefinition,
} from '@grpc/proto-loader';
import { type Refusal, refuse } from '../../core/ledger/outcome.js';
import { Refused } from '../refused.js';

export const PROTO_DIR = fileURLToPath(new URL('../../../proto', import.meta.url));

/** The files of the services, below `PROTO_DIR`. */
export const SERVICE_FILES = [
  'tollgate/v1/spend.proto',
  'tollgate/v1/accounts.proto',
  'tollgate/v1/keys.proto',
  'tollgate/v1/prices.proto',
  'tollgate/v1/usage.proto',
  'tollgate/v1/audit.proto',
];

/** The files of what a status tells besides its code. */
export const DETAILS_FILES = ['google/rpc/status.proto', 'google/rpc/error_details.proto'];

/** The largest request: 4 MiB. */
const REQUEST_BYTES_MAX = 4 * 1024 * 1024;

/** Where a request that could not be decoded says why. */
const UNREADABLE = Symbol('unreadable');

interface Unreadable {
  readonly [UNREADABLE]: Refusal;
}

/** The services and messages of proto/, as they are on the wire: absent fields stay absent, 64-bit numbers become numbers. */
export function loadDefinition(): PackageDefinition {
  return loadSync([...SERVICE_FILES, ...DETAILS_FILES], {
    includeDirs: [PROTO_DIR],
    longs: Number,
    enums: String,
    defaults: false,
    oneofs: true,
  });
}

/**
 * The same for a server. A request that is too large or cannot be decoded is handed on with its refusal; by itself the
 * transport would say no code, or blame the server.
 */
export function loadServerDefinition(): PackageDefinition {
  const definition = loadDefinition();
  for (const entry of Object.values(definition)) {
    if ('format' in entry) continue;
    for (const method of Object.values(entry as ServiceDefinition)) {
      const decode = method.requestDeserialize;
      method.requestDeserialize = (bytes: Buffer): object => decodeOrRefuse(bytes, decode);
    }
  }
  return definition;
}

function decodeOrRefuse(bytes: Buffer, decode: (bytes: Buffer) => object): object | Unreadable {
  if (bytes.length > REQUEST_BYTES_MAX) {
    return { [UNREADABLE]: refuse('RESOURCE_EXHAUSTED', `expected a message of at most ${REQUEST_BYTES_MAX} bytes`) };
  }
  try {
    return decode(bytes);
  } catch {
    return { [UNREADABLE]: refuse('VALIDATION', 'expected a readable message of the method') };
  }
}

/** Why the request could not be decoded; undefined where it could. */
export function unreadable(request: object): Refusal | undefined {
  return (request as Partial<Unreadable>)[UNREADABLE];
}

/** @throws Refused where the request could not be decoded. */
export function readable(request: object): void {
  const refusal = unreadable(request);
  if (refusal) throw new Refused(refusal);
}

/** A message's type, by its full name. */
export function messageType(definition: PackageDefinition, name: string): MessageTypeDefinition<object, object> {
  const found = definition[name];
  if (!found || !('format' in found) || !('serialize' in found)) throw new Error(`no message ${name} is defined`);
  return found as MessageTypeDefinition<object, object>;
}
