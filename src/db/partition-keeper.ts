import type { Logger } from 'pino';
import { extendPartitions } from './migrate.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const AFTER_FAILURE_MS = 10 * 60 * 1000;

/**
 * Makes the partitions of the months to come while the service runs. They are made seven months ahead, so it does not
 * matter if it fails for a while, nor that several processes do the same.
 */
export class PartitionKeeper {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    /** The owner's login. */
    private readonly url: string,
    private readonly log: Logger,
  ) {}

  start(): void {
    this.schedule(DAY_MS);
  }

  async stop(): Promise<void> {
    clearTimeout(this.timer);
    await this.running;
    clearTimeout(this.timer);
  }

  private schedule(delayMs: number): void {
    this.timer = setTimeout(() => {
      this.running = this.extend();
    }, delayMs);
    this.timer.unref();
  }

  private async extend(): Promise<void> {
    try {
      const made = await extendPartitions(this.url);
      if (made.length > 0) this.log.info({ made }, 'made partitions');
      this.schedule(DAY_MS);
    } catch (error) {
      this.log.warn({ err: error }, 'the partitions of the months to come could not be made; trying again');
      this.schedule(AFTER_FAILURE_MS);
    }
  }
}
