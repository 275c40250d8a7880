import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { readable } from './logger.js';

/** What a process of its own writes to its standard error, which is no terminal. */
function logged(statement: string): string {
  const module = new URL('../../dist/logging/logger.js', import.meta.url).href;
  const script = `import { createLogger } from ${JSON.stringify(module)}; const log = createLogger('info'); ${statement}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).stderr;
}

describe('the log', () => {
  it('is JSON where no person looks on', () => {
    expect(JSON.parse(logged(`log.info({ port: 50051 }, 'listening')`))).toMatchObject({
      level: 30,
      port: 50051,
      msg: 'listening',
    });
  });

  it('has no secret in it', () => {
    const written = logged(
      `log.error({ token: 'tg_abc', err: Object.assign(new Error('no'), { password: 'p4ss' }) }, 'refused')`,
    );
    expect(written).toContain('refused');
    expect(written).not.toMatch(/tg_abc|p4ss/);
  });

  it('is one line for a person, with the fields behind the sentence', () => {
    expect(readable(`{"level":40,"time":0,"port":1,"msg":"hm"}`)).toBe('00:00:00.000 warn hm port=1');
    expect(readable(`{"level":50,"time":0,"msg":"oh","err":{"stack":"Error: no"}}`)).toBe(
      '00:00:00.000 error oh\nError: no',
    );
  });
});
