import type { Command } from 'commander';
import { serve } from '../serve.js';

export function registerStart(program: Command): void {
  program
    .command('start')
    .description('run the service; everything is configured by environment variables, and nothing has to be')
    .action(() => serve());
}
