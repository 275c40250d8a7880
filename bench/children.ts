import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { JobAnswer } from './serve-jobs.js';

/** As `npm start` gives it to the service: a young generation that a batch fits into. */
const HEAP = '--max-semi-space-size=32';
const PROFILES = 'bench/results/profiles';
const END_MS = 10_000;

/** A process of the run that answers messages. */
export interface Child {
  readonly pid: number;
  /** Sends a job and waits for what it came to. */
  ask<T>(job: object): Promise<T>;
  /** The next message, whatever it is. */
  message<T>(): Promise<T>;
  /** Sends something and waits for the next message. */
  tell<T>(what: object): Promise<T>;
  end(): Promise<void>;
}

/** The processes of a run: none of them outlives it. */
export class Children {
  private readonly running = new Set<ChildProcess>();

  constructor(private readonly profile: boolean) {
    process.once('exit', () => {
      for (const child of this.running) child.kill('SIGKILL');
    });
  }

  /** Forks a program. What it prints goes to standard error. The file is given from the folder of this one. */
  start(name: string, file: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Child {
    const profiling = this.profile
      ? ['--cpu-prof', `--cpu-prof-dir=${PROFILES}`, `--cpu-prof-name=${name}.cpuprofile`]
      : [];
    const child = fork(fileURLToPath(new URL(file, import.meta.url)), [...args], {
      env: { PATH: process.env['PATH'], ...env },
      execArgv: [HEAP, '--enable-source-maps', ...profiling],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.running.add(child);
    child.once('exit', () => this.running.delete(child));
    const message = <T>() => nextMessage<T>(child, name);
    const tell = <T>(what: object): Promise<T> => {
      const answered = message<T>();
      child.send(what);
      return answered;
    };
    return {
      pid: child.pid ?? 0,
      message,
      tell,
      ask: async <T>(job: object): Promise<T> => {
        const answer = await tell<JobAnswer>(job);
        if ('error' in answer) throw new Error(`${name}: ${answer.error}`);
        return answer.value as T;
      },
      end: () => end(child),
    };
  }

  async endAll(): Promise<void> {
    await Promise.all([...this.running].map(end));
  }
}

function nextMessage<T>(child: ChildProcess, name: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: unknown): void => {
      child.off('exit', onExit);
      resolve(message as T);
    };
    const onExit = (code: number | null, signal: string | null): void => {
      child.off('message', onMessage);
      reject(new Error(`${name} ended (${code ?? signal})`));
    };
    child.once('message', onMessage);
    child.once('exit', onExit);
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await ended;
  clearTimeout(timer);
}
