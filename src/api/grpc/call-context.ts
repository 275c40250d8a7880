import type { Metadata } from '@grpc/grpc-js';
import type { SubmitOptions } from '../../ledger/ledger.js';
import type { Principal } from '../../tokens/tokens.js';

/** What is known of a call besides its request. */
export interface CallContext {
  readonly requestId: string;
  readonly principal: Principal;
}

/** By the call's metadata, which is the one thing that all of the transport's layers hand on. */
const contexts = new WeakMap<Metadata, CallContext>();

export function setContext(metadata: Metadata, context: CallContext): void {
  contexts.set(metadata, context);
}

/** The context of a call that was let in. */
export function contextOf(metadata: Metadata): CallContext {
  const context = contexts.get(metadata);
  if (!context) throw new Error('the call was not let in');
  return context;
}

/** How the call's commands are submitted: in the name of its token, and until its deadline. */
export function submitOptions({ principal }: CallContext, deadline: Date | number): SubmitOptions {
  const deadlineMs = Number(deadline);
  const { tokenId } = principal;
  return { by: `token:${tokenId}`, tokenId, deadlineMs: Number.isFinite(deadlineMs) ? deadlineMs : undefined };
}
