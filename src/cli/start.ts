import type { Command } from 'commander';

export function registerStart(program: Command): void {
  program
    .command('start')
    .description('run the service; everything is configured by environment variables, and nothing has to be')
    .action(async () => {
      // The other commands do without the whole service, and start sooner.
      const { serve } = await import('../serve.js');
      await serve();
    });
}
