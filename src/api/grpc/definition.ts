import { fileURLToPath } from 'node:url';
import { loadSync, type MessageTypeDefinition, type PackageDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import { refused } from '../refused.js';

const PROTO_DIR = fileURLToPath(new URL('../../../proto', import.meta.url));

const FILES = [
  'tollgate/v1/spend.proto',
  'tollgate/v1/accounts.proto',
  'tollgate/v1/keys.proto',
  'tollgate/v1/prices.proto',
  'tollgate/v1/usage.proto',
  'tollgate/v1/audit.proto',
  'google/rpc/status.proto',
  'google/rpc/error_details.proto',
];

/** What a request became whose bytes are not the message that they should be. */
export const UNREADABLE = Symbol('unreadable');

/** The services and messages of proto/, as they are on the wire: absent fields stay absent, 64-bit numbers become numbers. */
export function loadDefinition(): PackageDefinition {
  return loadSync(FILES, { includeDirs: [PROTO_DIR], longs: Number, enums: String, defaults: false, oneofs: true });
}

/**
 * The same for a server. A request that cannot be decoded is handed on as `UNREADABLE`, so that it is refused by name;
 * by itself the transport would blame the server for it.
 */
export function loadServerDefinition(): PackageDefinition {
  const definition = loadDefinition();
  for (const entry of Object.values(definition)) {
    if ('format' in entry) continue;
    for (const method of Object.values(entry as ServiceDefinition)) {
      const decode = method.requestDeserialize;
      method.requestDeserialize = (bytes: Buffer): object => {
        try {
          return decode(bytes);
        } catch {
          return { [UNREADABLE]: true };
        }
      };
    }
  }
  return definition;
}

export function isUnreadable(request: object): boolean {
  return UNREADABLE in request;
}

/** @throws Refused where the request could not be decoded. */
export function readable(request: object): void {
  if (isUnreadable(request)) throw refused('VALIDATION', 'expected a readable message of the method');
}

/** A message's type, by its full name. */
export function messageType(definition: PackageDefinition, name: string): MessageTypeDefinition<object, object> {
  const found = definition[name];
  if (!found || !('format' in found) || !('serialize' in found)) throw new Error(`no message ${name} is defined`);
  return found as MessageTypeDefinition<object, object>;
}
