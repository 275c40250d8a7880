import type { Server } from '@grpc/grpc-js';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HealthImplementation } from 'grpc-health-check';

/** The names under which health is asked for: the whole server, and each service. */
const NAMES = ['', 'tollgate.v1.SpendService', 'tollgate.v1.AccountService', 'tollgate.v1.KeyService'].concat(
  ['PriceService', 'UsageService', 'AuditService'].map((name) => `tollgate.v1.${name}`),
);

/** grpc.health.v1: serving from when the application is up until it begins to stop. */
@Injectable()
export class Health implements OnApplicationBootstrap {
  private readonly health = new HealthImplementation(
    Object.fromEntries(NAMES.map((name) => [name, 'NOT_SERVING' as const])),
  );

  addTo(server: Server): void {
    this.health.addToServer(server);
  }

  onApplicationBootstrap(): void {
    this.say('SERVING');
  }

  /** From now on no new calls are wanted. */
  stop(): void {
    this.say('NOT_SERVING');
  }

  private say(status: 'SERVING' | 'NOT_SERVING'): void {
    for (const name of NAMES) this.health.setStatus(name, status);
  }
}
