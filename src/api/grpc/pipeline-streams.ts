import type { ServerDuplexStream } from '@grpc/grpc-js';
import { Injectable } from '@nestjs/common';
import { type Refusal, refuse } from '../../core/ledger/outcome.js';
import { Ledger } from '../../ledger/ledger.js';
import { contextOf } from './call-context.js';
import { Faults } from './faults.js';
import { Gatekeeper } from './gatekeeper.js';
import { endWith, PipelineStream } from './pipeline-stream.js';
import { SpendCommands } from './spend-commands.js';
import type { PipelineRequest } from './spend-requests.js';

/** How many streams one token may have open in this process. A gateway needs one for each of its own processes. */
export const STREAMS_OF_TOKEN_MAX = 256;

/** The streams of commands that are open, so that they can be counted, and ended when the process ends. */
@Injectable()
export class PipelineStreams {
  private readonly streams = new Set<PipelineStream>();
  /** How many of them each token has. */
  private readonly counts = new Map<string, number>();

  constructor(
    private readonly ledger: Ledger,
    private readonly commands: SpendCommands,
    private readonly gatekeeper: Gatekeeper,
    private readonly faults: Faults,
  ) {}

  open(call: ServerDuplexStream<PipelineRequest, object>): void {
    const { metadata } = call;
    const context = contextOf(metadata);
    const { tokenId } = context.principal;
    if ((this.counts.get(tokenId) ?? 0) >= STREAMS_OF_TOKEN_MAX) {
      endWith(call, tooMany(), context.requestId);
      return;
    }
    const checkToken = (): Promise<Refusal | undefined> =>
      this.gatekeeper.principalOf(metadata, false).then(
        () => undefined,
        (error: unknown) => this.faults.refusalOf(error, context.requestId),
      );
    const stream = new PipelineStream(call, context, this.commands, this.ledger, this.faults, checkToken, () =>
      this.forget(stream, tokenId),
    );
    this.streams.add(stream);
    this.counts.set(tokenId, (this.counts.get(tokenId) ?? 0) + 1);
    stream.open();
  }

  /** Ends every stream once what it has accepted is answered. */
  drain(): void {
    const refusal = refuse('UNAVAILABLE', 'the service is stopping: open another stream', { retryAfterMs: 1000 });
    for (const stream of this.streams) stream.end(refusal);
  }

  /** Once, however often it is told that the stream is over. */
  private forget(stream: PipelineStream, tokenId: string): void {
    if (!this.streams.delete(stream)) return;
    const left = (this.counts.get(tokenId) ?? 0) - 1;
    if (left > 0) this.counts.set(tokenId, left);
    else this.counts.delete(tokenId);
  }
}

function tooMany(): Refusal {
  const message = `expected at most ${STREAMS_OF_TOKEN_MAX} open streams of one token`;
  return refuse('RESOURCE_EXHAUSTED', message, { retryAfterMs: 1000 });
}
