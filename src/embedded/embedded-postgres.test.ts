import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { asOwner } from '../../test/support/databases.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.js';
import { identify, until } from './processes.js';

let dir: string;
let server: EmbeddedPostgres | undefined;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tollgate-embedded-'));
  await chmod(dir, 0o755);
});

afterEach(async () => {
  await server?.stop('immediate');
  server = undefined;
  await rm(dir, { recursive: true, force: true });
});

async function start(): Promise<EmbeddedPostgres> {
  server = await startEmbeddedPostgres({ dir, flags: { min_wal_size: '80MB' } });
  return server;
}

function ask(url: string, sql: string): Promise<unknown> {
  return asOwner(url, async (client) => (await client.query({ text: sql, rowMode: 'array' })).rows[0]?.[0]);
}

/** Another process that starts the database of the same folder, prints the server's process, and then waits. */
async function startElsewhere(): Promise<{ readonly pid: number; kill(): Promise<unknown> }> {
  const module = new URL('../../dist/embedded/embedded-postgres.js', import.meta.url).href;
  const script = `import { startEmbeddedPostgres } from ${JSON.stringify(module)};
    const server = await startEmbeddedPostgres({ dir: ${JSON.stringify(dir)} });
    console.log(server.pid);
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const ended = once(child, 'close');
    const kill = () => {
      child.kill('SIGKILL');
      return ended;
    };
    return { pid: Number(line), kill };
  }
  throw new Error('the other process did not start the database');
}

describe('startEmbeddedPostgres', () => {
  it('keeps what was written, through a stop, a restart and a kill', async () => {
    const first = await start();
    await ask(first.url, 'CREATE TABLE kept AS SELECT 1 AS one');
    await first.stop();
    const second = await start();
    const { pid } = second;
    await ask(second.url, 'INSERT INTO kept VALUES (2)');
    await second.kill();
    await expect(ask(second.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await second.restart();
    expect(second.pid).not.toBe(pid);
    expect(await ask(second.url, 'SELECT sum(one) FROM kept')).toBe('3');
  });

  it('flushes commits, listens on the loopback address alone and asks for its password', async () => {
    const { url } = await start();
    expect(
      await ask(
        url,
        `SELECT current_setting('fsync') || current_setting('synchronous_commit') || current_setting('listen_addresses')`,
      ),
    ).toBe('onon127.0.0.1');
    const wrong = new URL(url);
    wrong.password = 'wrong';
    await expect(new pg.Client({ connectionString: wrong.href }).connect()).rejects.toMatchObject({ code: '28P01' });
    expect((await stat(join(dir, 'password'))).mode & 0o777).toBe(0o600);
  });

  it('uses the database that another living process has started, and leaves it running', async () => {
    const other = await startElsewhere();
    const here = await start();
    expect(here).toMatchObject({ owned: false, pid: other.pid });
    expect(await ask(here.url, 'SELECT 1')).toBe(1);
    await here.stop();
    expect(await identify(other.pid)).toBeDefined();
    await other.kill();
    await until(async () => (await identify(other.pid)) === undefined, 10_000);
  });

  it('ends when the process that started it is killed, and the next start succeeds at once', async () => {
    const other = await startElsewhere();
    await other.kill();
    const here = await start();
    expect(here.owned).toBe(true);
    expect(here.pid).not.toBe(other.pid);
    expect(await ask(here.url, 'SELECT 1')).toBe(1);
    expect(await identify(other.pid)).toBeUndefined();
  });

  it('is not kept from starting by a lock file whose number is another process by now', async () => {
    await (await start()).stop();
    const lock = join(dir, 'postgres', 'postmaster.pid');
    await writeFile(lock, `${process.pid}\n${join(dir, 'postgres')}\n1\n5432\n\n127.0.0.1\n\nready\n`);
    await writeFile(join(dir, 'owner'), JSON.stringify({ pid: process.pid, startedAt: 'at another time' }));
    expect(await ask((await start()).url, 'SELECT 1')).toBe(1);
  });

  it('keeps its data where its account can reach it, and finds it there again', async () => {
    await chmod(dir, 0o700);
    const first = await start();
    await ask(first.url, 'CREATE TABLE kept AS SELECT 7 AS seven');
    await first.stop();
    // What the folder's rights are by then makes no difference.
    await chmod(dir, 0o755);
    expect(await ask((await start()).url, 'SELECT seven FROM kept')).toBe(7);
    const elsewhere = await readFile(join(dir, 'location'), 'utf8').catch(() => dir);
    expect(elsewhere === dir).toBe(process.getuid?.() !== 0);
    await server?.stop();
    await rm(elsewhere.trim(), { recursive: true });
  });

  it('says what the server said when it does not start', async () => {
    await expect(startEmbeddedPostgres({ dir, flags: { shared_buffers: 'many' } })).rejects.toThrow(/shared_buffers/);
    expect(await readFile(join(dir, 'postgres.log'), 'utf8')).toContain('shared_buffers');
  });
});
