import pg from 'pg';
import { type Customer, openCustomer } from '../support/customer.js';
import type { TestDatabase } from '../support/databases.js';
import { TestClient } from '../support/grpc-client.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { waitFor } from '../support/waiting.js';
import { Gateway } from './gateway.js';
import type { Random } from './random.js';

const CUSTOMERS = 6;

/** Services on one database, and a gateway that keeps them busy. */
export interface UnderLoad {
  readonly gateway: Gateway;
  readonly services: ServiceProcess[];
  readonly owner: pg.Pool;
  /** The services' URL of their database. */
  readonly url: string;
  /** What each account was funded with. */
  readonly funds: string;
  /** Starts one of the services again, which has ended. */
  restart(index: number): Promise<void>;
  /** Waits until the gateway has had so many answers more. */
  answers(more: number): Promise<void>;
  stop(): Promise<void>;
}

export interface UnderLoadOptions {
  readonly services: number;
  /** What each account is funded with. */
  readonly funds: string;
  readonly env?: Readonly<Record<string, string>>;
}

export async function startUnderLoad(
  database: TestDatabase,
  random: Random,
  { services: count, funds, env = {} }: UnderLoadOptions,
): Promise<UnderLoad> {
  const { url, migrationUrl } = database;
  const start = () =>
    startServiceProcess({ DATABASE_URL: url, DATABASE_MIGRATION_URL: migrationUrl, LOG_LEVEL: 'error', ...env });
  const first = await start();
  const token = first.firstToken ?? '';
  const services = [first, ...(await Promise.all(Array.from({ length: count - 1 }, start)))];
  const customers = await openCustomers(portOf(first), token, funds);
  const gateway = new Gateway(random.fork(), customers, token, count);
  const owner = new pg.Pool({ connectionString: migrationUrl, max: 4 });
  // PostgreSQL may be killed under these too.
  owner.on('error', () => undefined);
  for (const [index, service] of services.entries()) gateway.connect(index, portOf(service));
  gateway.start();
  return {
    gateway,
    services,
    owner,
    url,
    funds,
    restart: async (index) => {
      // A starting service needs all of a small machine, and what the others do meanwhile is only more to check.
      gateway.pause();
      const service = await start();
      services[index] = service;
      gateway.connect(index, portOf(service));
      gateway.resume();
    },
    answers: async (more) => {
      const enough = gateway.record.answered + more;
      await waitFor(`${more} answers`, () => gateway.record.answered >= enough, 30_000);
    },
    stop: async () => {
      gateway.disconnect();
      await Promise.all(services.map((service) => service.end('SIGKILL')));
      await owner.end();
    },
  };
}

async function openCustomers(port: number, token: string, funds: string): Promise<Customer[]> {
  const client = new TestClient(port, token);
  const customers = await Promise.all(Array.from({ length: CUSTOMERS }, () => openCustomer(client, funds)));
  client.close();
  return customers;
}

function portOf({ address }: ServiceProcess): number {
  return Number(address?.split(':').at(-1));
}
