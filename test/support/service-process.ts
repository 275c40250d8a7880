import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The service as its operator runs it: a process of its own. */
export interface ServiceProcess {
  readonly pid: number;
  /** Where gRPC is served; absent where the role does not serve. */
  readonly address: string | undefined;
  /** The operator token, on the first start on a ledger. */
  readonly firstToken: string | undefined;
  /** What it has printed and logged so far. */
  output(): string;
  /** Sends the signal and waits for the end; answers the exit code, or the signal that ended it. */
  end(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
  /** Lets go of it, as this process does when it is killed, and waits for its end. */
  abandon(): Promise<number | NodeJS.Signals | null>;
}

/** Starts the service with this environment alone, on a free port unless it says one, and waits until it is ready. */
export async function startServiceProcess(env: Readonly<Record<string, string>>): Promise<ServiceProcess> {
  const child = fork(MAIN, { env: { GRPC_PORT: '0', ...env }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  const ready = await Promise.race([readiness(child), ended]);
  if (ready === null || typeof ready !== 'object') throw new Error(`the service ended with ${ready}:\n${output}`);
  return {
    ...ready,
    pid: child.pid ?? 0,
    output: () => output,
    end: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
    abandon: () => {
      // Node tells no 'close' of a child that was disconnected from here.
      const exited = new Promise<number | NodeJS.Signals | null>((resolve) => {
        child.once('exit', (code, signal) => resolve(code ?? signal));
      });
      child.disconnect();
      return exited;
    },
  };
}

interface Readiness {
  readonly address: string | undefined;
  readonly firstToken: string | undefined;
}

function readiness(child: ChildProcess): Promise<Readiness> {
  return new Promise((resolve) => {
    child.on('message', (message) => {
      const { type, address, firstToken } = message as Readiness & { readonly type: string };
      if (type === 'ready') resolve({ address, firstToken });
    });
  });
}
