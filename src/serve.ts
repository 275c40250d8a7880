import { welcome } from './cli/welcome.js';
import { ConfigError, loadConfig } from './config/config.js';
import { MigrationError } from './db/migrate.js';
import { createLogger } from './logging/logger.js';
import { CannotListen, type Service, startService } from './service.js';

/** How long what is left of a stopped service may keep its process. */
const EXIT_AFTER_MS = 3_000;

/**
 * Runs the service until SIGTERM or SIGINT, or until the process that forked it is gone, and then ends what it was
 * given; a second signal ends the process at once. It tells that it is ready on standard output, and whoever forked it
 * by a message `{ type: 'ready', address, firstToken }`.
 */
export async function serve(): Promise<void> {
  const asked = new Promise<void>((stop) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop());
    // Whoever forked it is gone, and with it the only one who knows of it.
    process.once('disconnect', () => stop());
  });
  try {
    const config = loadConfig();
    const log = createLogger(config.LOG_LEVEL);
    const service = await startService(config, log);
    announce(service);
    await asked;
    log.info('stopping');
    await service.stop();
    log.info('stopped');
  } catch (error) {
    const known = [ConfigError, MigrationError, CannotListen].some((kind) => error instanceof kind);
    console.error(known ? (error as Error).message : error);
    process.exitCode = 1;
  }
  if (process.connected) process.disconnect();
  setTimeout(() => process.exit(), EXIT_AFTER_MS).unref();
}

function announce({ address, firstToken }: Service): void {
  for (const line of welcome(address, firstToken)) console.log(line);
  process.send?.({ type: 'ready', address, firstToken });
}
