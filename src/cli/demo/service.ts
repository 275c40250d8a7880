import { type ChildProcess, execFile, fork } from 'node:child_process';
import { chmod, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Connection } from './connection.js';

const MAIN = fileURLToPath(new URL('../../main.js', import.meta.url));
const CLI = fileURLToPath(new URL('../main.js', import.meta.url));
const POLL_MS = 20;
const STOP_MS = 15_000;
const LOG_LINES = 20;

/** What the service says to whoever forked it. */
interface Ready {
  readonly type: string;
  readonly address: string;
  readonly firstToken?: string;
}

/** The service, in a process of its own, on a database of its own in a folder that is gone afterwards. */
export class DemoService {
  #child: ChildProcess | undefined;
  #stopped: Promise<void> | undefined;
  #environment: NodeJS.ProcessEnv = {};

  private constructor(private readonly folder: string) {}

  /** Makes the folder; nothing runs yet. */
  static async prepare(): Promise<DemoService> {
    const folder = await mkdtemp(join(tmpdir(), 'tollgate-demo-'));
    // As root the database runs as another user, who must be able to pass through.
    await chmod(folder, 0o711);
    return new DemoService(folder);
  }

  /**
   * Starts it and waits until it serves. Nothing of this process's environment goes along: the demo must never write
   * into a ledger that somebody configured.
   *
   * @returns where it listens, and the operator token of its first start
   */
  async start(): Promise<{ address: string; token: string }> {
    this.#environment = { DATA_DIR: join(this.folder, 'data'), GRPC_PORT: '0' };
    const log = await open(this.#log, 'w', 0o600);
    const child = fork(MAIN, { env: this.#environment, execArgv: [], stdio: ['ignore', log.fd, log.fd, 'ipc'] });
    this.#child = child;
    await log.close();
    const { address, firstToken = '' } = await new Promise<Ready>((resolve, reject) => {
      child.once('message', (message) => resolve(message as Ready));
      child.once('exit', (code, signal) => reject(new Error(`the service ended at its start (${code ?? signal})`)));
    });
    const connection = new Connection(address, '');
    while (!(await connection.isServing())) await pause(POLL_MS);
    connection.close();
    return { address, token: firstToken };
  }

  /** Mints another service token, as an operator does: by the command line. */
  async mintToken(name: string, scopes: string): Promise<string> {
    const mint = [CLI, 'token', 'mint', '--name', name, '--scopes', scopes];
    const { stdout } = await promisify(execFile)(process.execPath, mint, { env: this.#environment });
    return stdout.trim();
  }

  /** The end of what the service logged. */
  async logTail(): Promise<string> {
    const text = await readFile(this.#log, 'utf8').catch(() => '');
    return text.trimEnd().split('\n').slice(-LOG_LINES).join('\n');
  }

  /** Ends the service and takes its folder away. Asked twice, it does so once. */
  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  async #end(): Promise<void> {
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(timer);
    }
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  get #log(): string {
    return join(this.folder, 'service.log');
  }
}
