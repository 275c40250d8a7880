import { randomUUID } from 'node:crypto';
import {
  Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  type ServerMethodDefinition,
  status,
} from '@grpc/grpc-js';
import { Injectable } from '@nestjs/common';
import { refuse } from '../../core/ledger/outcome.js';
import { type Principal, TokenStore } from '../../tokens/tokens.js';
import { Refused, refused } from '../refused.js';
import { ACCESS, isOpen, mayCall } from './access.js';
import { setContext } from './call-context.js';
import { Faults } from './faults.js';
import { REQUEST_ID_TRAILER, statusOf } from './status-details.js';

type Status = Parameters<ServerInterceptingCallInterface['sendStatus']>[0];

const BEARER = /^Bearer +(\S+)$/i;

/**
 * Stands before every call: gives it a request id, which every status tells, and lets it in only with a token that may.
 * What is not in the table of access is let in for nobody.
 */
@Injectable()
export class Gatekeeper {
  constructor(
    private readonly tokens: TokenStore,
    private readonly faults: Faults,
  ) {}

  readonly interceptor: ServerInterceptor = (method, call) => {
    const requestId = randomUUID();
    return new ServerInterceptingCall(call, {
      start: (next) => {
        next({
          onReceiveMetadata: (metadata, pass) => {
            if (isOpen(method.path)) return pass(metadata);
            this.letIn(method, metadata, requestId).then(
              () => pass(metadata),
              (error: unknown) =>
                call.sendStatus(complete(statusOf(this.faults.refusalOf(error, requestId), requestId), requestId)),
            );
          },
        });
      },
      sendStatus: (sent, next) => next(complete(named(method.path, sent, requestId), requestId)),
    });
  };

  /** Whose token it is. @throws Refused with AUTHENTICATION_FAILED. */
  async principalOf(metadata: Metadata, command: boolean): Promise<Principal> {
    const [header] = metadata.get('authorization');
    const token = BEARER.exec(String(header ?? ''))?.[1];
    if (token === undefined)
      throw refused('AUTHENTICATION_FAILED', 'expected metadata authorization: Bearer <service token>', {
        field: 'authorization',
      });
    const principal = await (command ? this.tokens.resolveForCommand(token) : this.tokens.resolve(token));
    if (!principal)
      throw refused('AUTHENTICATION_FAILED', 'the service token is not known, or revoked', { field: 'authorization' });
    return principal;
  }

  private async letIn(
    { path }: ServerMethodDefinition<unknown, unknown>,
    metadata: Metadata,
    requestId: string,
  ): Promise<void> {
    const access = ACCESS[path];
    const principal = await this.principalOf(metadata, access?.command ?? false);
    if (!access || !mayCall(access, principal.scopes)) {
      const wanted = [...(access?.scopes ?? []), 'operator'];
      throw new Refused(
        refuse('PERMISSION_DENIED', `expected a service token with scope ${wanted.join(' or ')}`, { allowed: wanted }),
      );
    }
    setContext(metadata, { requestId, principal });
  }
}

/** Every status tells the request's id. */
function complete(sent: Status, requestId: string): Status {
  const metadata = sent.metadata ?? new Metadata();
  metadata.set(REQUEST_ID_TRAILER, requestId);
  return { ...sent, metadata };
}

/** Names what the transport refuses by itself: a unary call with no message, or with more than one. */
function named(path: string, sent: Status, requestId: string): Status {
  if (sent.code !== status.UNIMPLEMENTED || !ACCESS[path]) return sent;
  return statusOf(refuse('VALIDATION', `expected exactly one message: ${sent.details ?? ''}`), requestId);
}
