import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/databases.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const QUOTE = JSON.stringify({
  candidates: [{ model: 'claude-fable-5', quantities: { input_tokens: '1200', output_tokens: '400' } }],
});

interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line as a person runs it, with this environment alone. */
function tollgate(env: Readonly<Record<string, string>>, ...args: string[]): Said {
  return spawnSync(process.execPath, [CLI, ...args], { env, encoding: 'utf8' });
}

function quote(service: ServiceProcess, token: string): Said {
  return tollgate({ TOLLGATE_TOKEN: token }, 'call', '--address', service.address ?? '', 'SpendService.Quote', QUOTE);
}

describe('a service with nothing configured', () => {
  let dir: string;
  let service: ServiceProcess;
  let token: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tollgate-start-'));
    await chmod(dir, 0o755);
    service = await startServiceProcess({ DATA_DIR: dir });
    token = service.firstToken ?? '';
  }, 60_000);

  afterAll(async () => {
    await service.end('SIGKILL');
    await rm(dir, { recursive: true, force: true });
  });

  it('prints its address, an operator token and a first request, which answers a price', () => {
    expect(service.output()).toContain(`gRPC on ${service.address}`);
    expect(token).toMatch(/^tg_[\w-]{43}$/);
    const [, pasted] = /npx tollgate (call .*)$/m.exec(service.output()) ?? [];
    const args = (pasted ?? '').split(' ').map((word) => word.replaceAll("'", ''));
    const { stdout, status } = tollgate({ TOLLGATE_TOKEN: token }, ...args);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ asset: 'USD', book: 'nightveil', required: '0.0576' });
  });

  it('says on the command line why a call was refused', () => {
    expect(quote(service, 'tg_wrong')).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('AUTHENTICATION_FAILED'),
    });
    expect(tollgate({}, 'call', 'SpendService.Quotes').stderr).toContain('expected one of');
    expect(tollgate({}, 'call', 'SpendService.Quote', '[1]').stderr).toContain('expected a JSON object');
  });

  it('tells supervisors that it serves', () => {
    expect(tollgate({}, 'health', '--address', service.address ?? '')).toMatchObject({
      status: 0,
      stdout: 'SERVING\n',
    });
    expect(tollgate({}, 'health', '--address', '127.0.0.1:1')).toMatchObject({ status: 1, stdout: '' });
  });

  it('is found by the command line, which leaves it running', () => {
    const minted = tollgate({ DATA_DIR: dir }, 'token', 'mint', '--name', 'gateway', '--scopes', 'spend').stdout.trim();
    expect(quote(service, minted).status).toBe(0);
    const list = tollgate({ DATA_DIR: dir }, 'token', 'list').stdout;
    expect(list).toContain('gateway (spend)');
    expect(list).not.toContain(minted);
    const [id = ''] =
      list
        .split('\n')
        .find((line) => line.includes('gateway'))
        ?.split(' ') ?? [];
    expect(tollgate({ DATA_DIR: dir }, 'token', 'revoke', id).status).toBe(0);
    expect(tollgate({ DATA_DIR: dir }, 'token', 'list').stdout).toMatch(/revoked .*gateway/);
  });

  it('has no secret in its log, nor in its database folder outside the database', async () => {
    const password = await readFile(join(dir, 'password'), 'utf8');
    const log = await readFile(join(dir, 'postgres.log'), 'utf8');
    const logged = service
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .concat(log)
      .join('\n');
    expect(logged).toContain('serving gRPC');
    expect(logged).not.toContain(token);
    expect(logged).not.toContain(password);
  });

  it('stops at SIGTERM with its database, and starts again where it was', async () => {
    expect(await service.end('SIGTERM')).toBe(0);
    expect(await readdir(join(dir, 'postgres'))).not.toContain('postmaster.pid');
    service = await startServiceProcess({ DATA_DIR: dir });
    expect(service.firstToken).toBeUndefined();
    expect(service.output()).not.toContain('tg_');
    expect(quote(service, token).status).toBe(0);
  }, 60_000);

  it('stops when the process that forked it is gone', async () => {
    expect(await service.abandon()).toBe(0);
    expect(await readdir(join(dir, 'postgres'))).not.toContain('postmaster.pid');
    service = await startServiceProcess({ DATA_DIR: dir });
  }, 60_000);

  it('starts again at once after a SIGKILL', async () => {
    await service.end('SIGKILL');
    service = await startServiceProcess({ DATA_DIR: dir });
    expect(quote(service, token).status).toBe(0);
  }, 60_000);

  it('lets the command line start the database where no service runs', async () => {
    await service.end('SIGTERM');
    expect(tollgate({ DATA_DIR: dir }, 'token', 'list').stdout).toContain('first operator');
    expect(await readdir(join(dir, 'postgres'))).not.toContain('postmaster.pid');
  }, 60_000);
});

describe('a service with a database configured', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  afterAll(() => database.drop());

  it('uses it, migrating as the owner and serving without the rights of one', async () => {
    const env = { DATABASE_URL: database.url, DATABASE_MIGRATION_URL: database.migrationUrl };
    const service = await startServiceProcess(env);
    expect(service.output()).not.toContain('the embedded database');
    expect(quote(service, service.firstToken ?? '').status).toBe(0);
    expect(await service.end('SIGINT')).toBe(0);
  }, 60_000);

  it.each(['followers', 'sweeper'])(
    'runs as %s without serving',
    async (ROLE) => {
      const service = await startServiceProcess({ DATABASE_URL: database.url, ROLE });
      expect(service.address).toBeUndefined();
      expect(await service.end('SIGTERM')).toBe(0);
    },
    60_000,
  );

  it('names a port that is taken, and shows the token once it can be started', async () => {
    const fresh = await createTestDatabase();
    const taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as AddressInfo).port));
    });
    const env = { DATABASE_URL: fresh.url, GRPC_PORT: String(port) };
    await expect(startServiceProcess(env)).rejects.toThrow('set GRPC_PORT to another port');
    await new Promise((closed) => taken.close(closed));
    const service = await startServiceProcess(env);
    expect(service.firstToken).toMatch(/^tg_/);
    expect(await service.end()).toBe(0);
    await fresh.drop();
  }, 60_000);

  it('says what is wrong with its configuration, and ends', async () => {
    await expect(startServiceProcess({ LANES: 'many', ROLE: 'boss' })).rejects.toThrow(
      /ended with 1:[\s\S]*LANES: expected a whole number[\s\S]*ROLE: expected one of/,
    );
  });
});
