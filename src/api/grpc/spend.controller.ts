import type { Metadata, ServerDuplexStream } from '@grpc/grpc-js';
import { Controller, UseFilters } from '@nestjs/common';
import { GrpcMethod, GrpcStreamCall } from '@nestjs/microservices';
import { Accounts } from '../../accounts/accounts.js';
import { readId } from '../fields.js';
import { Owners } from '../owners.js';
import { refused } from '../refused.js';
import { readable } from './definition.js';
import { PipelineStreams } from './pipeline-streams.js';
import { RefusedFilter } from './refused.filter.js';
import { reservationResponse, spendAnswer } from './spend-answers.js';
import { SpendCommands } from './spend-commands.js';
import type {
  ChargeRequest,
  ExtendRequest,
  GetReservationRequest,
  PipelineRequest,
  QuoteRequest,
  RefundRequest,
  ReleaseRequest,
  ReserveRequest,
  SettleRequest,
  SpendKind,
  SpendRequests,
} from './spend-requests.js';
import { Submitter, type UnaryCall } from './submitter.js';

const SERVICE = 'SpendService';

@Controller()
@UseFilters(RefusedFilter)
export class SpendController {
  constructor(
    private readonly submitter: Submitter,
    private readonly commands: SpendCommands,
    private readonly owners: Owners,
    private readonly accounts: Accounts,
    private readonly streams: PipelineStreams,
  ) {}

  @GrpcMethod(SERVICE, 'Reserve')
  reserve(request: ReserveRequest, metadata: Metadata, call: UnaryCall): Promise<object> {
    return this.submit('reserve', request, metadata, call);
  }

  @GrpcMethod(SERVICE, 'Settle')
  settle(request: SettleRequest, metadata: Metadata, call: UnaryCall): Promise<object> {
    return this.submit('settle', request, metadata, call);
  }

  @GrpcMethod(SERVICE, 'Release')
  release(request: ReleaseRequest, metadata: Metadata, call: UnaryCall): Promise<object> {
    return this.submit('release', request, metadata, call);
  }

  @GrpcMethod(SERVICE, 'Extend')
  extend(request: ExtendRequest, metadata: Metadata, call: UnaryCall): Promise<object> {
    return this.submit('extend', request, metadata, call);
  }

  @GrpcMethod(SERVICE, 'Charge')
  charge(request: ChargeRequest, metadata: Metadata, call: UnaryCall): Promise<object> {
    return this.submit('charge', request, metadata, call);
  }

  @GrpcMethod(SERVICE, 'Refund')
  refund(request: RefundRequest, metadata: Metadata, call: UnaryCall): Promise<object> {
    return this.submit('refund', request, metadata, call);
  }

  @GrpcMethod(SERVICE, 'Quote')
  async quote(request: QuoteRequest): Promise<object> {
    readable(request);
    return this.commands.quote(request);
  }

  @GrpcMethod(SERVICE, 'GetReservation')
  async getReservation(request: GetReservationRequest): Promise<object> {
    readable(request);
    const reservationId = readId(request.reservationId, 'reservation_id');
    const { accountId } = await this.owners.ofAccount(request);
    const found = await this.accounts.reservation(accountId, reservationId);
    if (!found)
      throw refused('RESERVATION_NOT_FOUND', 'the account has no reservation with this id', {
        field: 'reservation_id',
      });
    return reservationResponse(found, accountId);
  }

  @GrpcStreamCall(SERVICE, 'Pipeline')
  pipeline(call: ServerDuplexStream<PipelineRequest, object>): void {
    this.streams.open(call);
  }

  private async submit<K extends SpendKind>(
    kind: K,
    request: SpendRequests[K],
    metadata: Metadata,
    call: UnaryCall,
  ): Promise<object> {
    readable(request);
    const command = await this.commands.make(kind, request);
    return spendAnswer(command, await this.submitter.submit(command, metadata, call));
  }
}
