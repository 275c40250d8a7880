import { type Command, InvalidArgumentError } from 'commander';
import { type DemoOptions, runDemo } from './demo/run-demo.js';
import { DemoService } from './demo/service.js';

/** What a shell expects of a process that SIGINT ended. */
const INTERRUPTED = 130;

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description(
      'start a service for a moment, be its gateway, and compare its books with an own record of every answer',
    )
    .option('--requests <count>', 'how many requests to send', wholeNumber(1, 1_000_000), 6000)
    .option('--in-flight <count>', 'how many of them at any moment', wholeNumber(1, 4096), 256)
    .option('--seed <number>', 'what the requests are invented from', wholeNumber(0, 4_294_967_295), 1)
    .action(demo);
}

async function demo(options: DemoOptions): Promise<void> {
  const service = await DemoService.prepare();
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      interrupted = true;
      console.error('\nstopping ...');
      void service.stop().finally(() => process.exit(INTERRUPTED));
    });
  }
  try {
    if (!(await runDemo(service, options))) process.exitCode = 1;
  } catch (error) {
    // Whatever fails because its service was taken away is no news.
    if (interrupted) return;
    process.exitCode = 1;
    console.error(error);
    console.error(`The end of the service's log:\n${await service.logTail()}`);
  } finally {
    await service.stop();
  }
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}`);
    return value;
  };
}
