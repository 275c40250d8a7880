import type { ServerDuplexStream } from '@grpc/grpc-js';
import { Injectable } from '@nestjs/common';
import { type Refusal, refuse } from '../../core/ledger/outcome.js';
import { Ledger } from '../../ledger/ledger.js';
import { contextOf } from './call-context.js';
import { Faults } from './faults.js';
import { Gatekeeper } from './gatekeeper.js';
import { PipelineStream } from './pipeline-stream.js';
import { SpendCommands } from './spend-commands.js';
import type { PipelineRequest } from './spend-requests.js';

/** The streams of commands that are open, so that they can be ended when the process does. */
@Injectable()
export class PipelineStreams {
  private readonly streams = new Set<PipelineStream>();

  constructor(
    private readonly ledger: Ledger,
    private readonly commands: SpendCommands,
    private readonly gatekeeper: Gatekeeper,
    private readonly faults: Faults,
  ) {}

  open(call: ServerDuplexStream<PipelineRequest, object>): void {
    const { metadata } = call;
    const context = contextOf(metadata);
    const checkToken = (): Promise<Refusal | undefined> =>
      this.gatekeeper.principalOf(metadata, false).then(
        () => undefined,
        (error: unknown) => this.faults.refusalOf(error, context.requestId),
      );
    const stream = new PipelineStream(call, context, this.commands, this.ledger, this.faults, checkToken, () =>
      this.streams.delete(stream),
    );
    this.streams.add(stream);
    stream.open();
  }

  /** Ends every stream once what it has accepted is answered. */
  drain(): void {
    const refusal = refuse('UNAVAILABLE', 'the service is stopping: open another stream', { retryAfterMs: 1000 });
    for (const stream of this.streams) stream.end(refusal);
  }
}
