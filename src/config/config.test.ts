import { describe, expect, it } from '@jest/globals';
import { ConfigError, loadConfig } from './config.js';

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('needs nothing to be set', () => {
    expect(loadConfig({})).toMatchObject({
      DATA_DIR: '.tollgate',
      GRPC_HOST: '127.0.0.1',
      GRPC_PORT: 50_051,
      LANES: 1,
      BATCH_MAX: 1_000,
      QUEUE_MAX: 10_000,
      BUCKETS: 32,
      DEFAULT_PRICE_BOOK: 'nightveil',
      KEY_PREFIX: 'nv_',
      TOKEN_PREFIX: 'tg_',
      LOG_LEVEL: 'info',
      ROLE: 'all',
    });
    expect(loadConfig({}).DATABASE_URL).toBeUndefined();
  });

  it('reads what is set, and takes an empty value for none', () => {
    const config = loadConfig({
      DATABASE_URL: 'postgres://u:p@db:5432/tollgate',
      GRPC_PORT: '0',
      LANES: '4',
      ROLE: 'api',
      LOG_LEVEL: '',
    });
    expect(config).toMatchObject({
      DATABASE_URL: 'postgres://u:p@db:5432/tollgate',
      GRPC_PORT: 0,
      LANES: 4,
      ROLE: 'api',
      LOG_LEVEL: 'info',
    });
  });

  it('names every bad key and what was expected', () => {
    expect(
      problemsOf({
        GRPC_PORT: '65536',
        LANES: '0',
        QUEUE_MAX: '1e3',
        ROLE: 'boss',
        KEY_PREFIX: 'NV',
        DATABASE_URL: 'mysql://x',
      }),
    ).toEqual([
      'DATABASE_URL: expected a URL such as postgres://user:password@host:5432/tollgate',
      'GRPC_PORT: expected a whole number from 0 to 65535',
      'LANES: expected a whole number from 1 to 64',
      'QUEUE_MAX: expected a whole number from 1 to 1000000',
      'KEY_PREFIX: expected one to twelve lower-case letters or digits, then _',
      'ROLE: expected one of all, api, followers, sweeper',
    ]);
  });

  it('does not repeat a secret in its error', () => {
    expect(problemsOf({ DATABASE_URL: 'secret-password' }).join()).not.toContain('secret-password');
  });
});
