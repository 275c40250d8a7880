import { Server, ServerCredentials } from '@grpc/grpc-js';
import { Injectable } from '@nestjs/common';
import { type AsyncMicroserviceOptions, ServerGrpc } from '@nestjs/microservices';
import { Config } from '../../config/config.js';
import { loadServerDefinition } from './definition.js';
import { Gatekeeper } from './gatekeeper.js';
import { Health } from './health.js';
import { PipelineStreams } from './pipeline-streams.js';
import { reflection } from './reflection.js';

const PACKAGE = 'tollgate.v1';

/** Where the transport itself cuts off. What is smaller and still too large is refused by name once it is here. */
const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;

/** How often an idle connection is asked whether anybody is there, so that dead ones are noticed. */
const KEEPALIVE_MS = 30_000;

/**
 * Nest's gRPC transport with a gatekeeper before every call, health and reflection beside the services, the port that
 * was really taken, and an end that lets open calls finish.
 */
@Injectable()
export class GrpcTransport extends ServerGrpc {
  private server: Server | undefined;
  private boundPort = 0;

  constructor(
    private readonly config: Config,
    private readonly gatekeeper: Gatekeeper,
    private readonly health: Health,
    private readonly streams: PipelineStreams,
  ) {
    super({ package: PACKAGE, packageDefinition: loadServerDefinition() });
  }

  /** The port that is listened on: another than configured where that is 0. */
  get port(): number {
    return this.boundPort;
  }

  override async createClient(): Promise<Server> {
    const server = new Server({
      'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
      'grpc.keepalive_time_ms': KEEPALIVE_MS,
      interceptors: [this.gatekeeper.interceptor],
    });
    this.health.addTo(server);
    reflection().addToServer(server);
    const { GRPC_HOST, GRPC_PORT } = this.config;
    const host = GRPC_HOST.includes(':') ? `[${GRPC_HOST}]` : GRPC_HOST;
    this.boundPort = await new Promise<number>((resolve, reject) => {
      server.bindAsync(`${host}:${GRPC_PORT}`, ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      );
    });
    this.server = server;
    return server;
  }

  /** Takes no new calls, lets the open ones finish for `SHUTDOWN_GRACE_MS`, and then ends them. */
  override async close(): Promise<void> {
    const { server } = this;
    if (!server) return;
    this.server = undefined;
    this.health.stop();
    this.streams.drain();
    await new Promise<void>((resolve) => {
      const impatience = setTimeout(() => server.forceShutdown(), this.config.SHUTDOWN_GRACE_MS);
      server.tryShutdown(() => {
        clearTimeout(impatience);
        resolve();
      });
    });
  }
}

/** What to give `NestFactory.createMicroservice` for a module that imports `GrpcModule`. */
export const grpcMicroservice: AsyncMicroserviceOptions = {
  inject: [GrpcTransport],
  useFactory: (transport: GrpcTransport) => ({ strategy: transport }),
};
