import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { Injectable } from '@nestjs/common';
import type { Command } from '../../core/ledger/commands.js';
import type { Accepted, OutcomeValue } from '../../core/ledger/outcome.js';
import { Ledger } from '../../ledger/ledger.js';
import { Refused } from '../refused.js';
import { contextOf, submitOptions } from './call-context.js';

export type UnaryCall = ServerUnaryCall<unknown, unknown>;

/** Submits the commands of unary calls. */
@Injectable()
export class Submitter {
  constructor(private readonly ledger: Ledger) {}

  /** @throws Refused with why the command was not carried out. */
  async submit(command: Command, metadata: Metadata, call: UnaryCall): Promise<Accepted> {
    const outcome = await this.ledger.submit(command, submitOptions(contextOf(metadata), call.getDeadline()));
    if (!outcome.ok) throw new Refused(outcome);
    return outcome;
  }

  /** The same for a command whose value is of that type. */
  async submitFor<T extends OutcomeValue['type']>(
    type: T,
    command: Command,
    metadata: Metadata,
    call: UnaryCall,
  ): Promise<{ value: Extract<OutcomeValue, { type: T }>; replayed: boolean }> {
    const { value, replayed } = await this.submit(command, metadata, call);
    if (value.type !== type) throw new Error(`a ${command.type} led to ${value.type}`);
    return { value: value as Extract<OutcomeValue, { type: T }>, replayed };
  }
}
