import { Client, credentials } from '@grpc/grpc-js';
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader';
import type { Command } from 'commander';
import { protoPath } from 'grpc-health-check';
import { loadConfig } from '../config/config.js';
import { addressOf } from './call.js';
import { CommandFailed } from './command-failed.js';

const DEADLINE_MS = 3_000;

/** Adds `tollgate health`, for supervisors that can only run a command. */
export function registerHealth(program: Command): void {
  program
    .command('health')
    .description('ask a running service whether it serves; the exit code is 0 if it does')
    .option('--address <host:port>', 'where the service listens; GRPC_HOST:GRPC_PORT unless said')
    .action(async ({ address = addressOf(loadConfig()) }: { address?: string }) => {
      const status = await ask(address);
      if (status !== 'SERVING') throw new CommandFailed(`${address}: ${status}`);
      console.log(status);
    });
}

/** @returns the status of grpc.health.v1, or what kept it from being told. */
function ask(address: string): Promise<string> {
  const { Check } = loadSync(protoPath, { enums: String })['grpc.health.v1.Health'] as ServiceDefinition;
  const client = new Client(address, credentials.createInsecure());
  const deadline = Date.now() + DEADLINE_MS;
  return new Promise((resolve) => {
    if (!Check) return resolve('UNKNOWN');
    const { path, requestSerialize, responseDeserialize } = Check;
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, {}, { deadline }, (error, answer) => {
      client.close();
      resolve(error ? error.details : String((answer as { status?: string } | undefined)?.status ?? 'UNKNOWN'));
    });
  });
}
