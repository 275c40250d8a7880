import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const POLL_MS = 20;

/** A process as it can be told from another that later got the same number. */
export interface ProcessIdentity {
  readonly startedAt: string;
  readonly command: string;
}

/** @returns undefined if there is no such process. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  if (pid <= 0) return undefined;
  try {
    return process.platform === 'linux' ? await identifyInProc(pid) : await identifyByPs(pid);
  } catch {
    return undefined;
  }
}

async function identifyInProc(pid: number): Promise<ProcessIdentity | undefined> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name in the second field may hold spaces and brackets: count from its end.
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  if (state === 'Z' || state === 'X') return undefined;
  const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  return { startedAt: `${boot} ${fields[19]}`, command };
}

async function identifyByPs(pid: number): Promise<ProcessIdentity | undefined> {
  const [startedAt, command] = await Promise.all([
    run('ps', ['-o', 'lstart=', '-p', String(pid)]),
    run('ps', ['-o', 'command=', '-p', String(pid)]),
  ]);
  return { startedAt: startedAt.stdout.trim(), command: command.stdout.trim() };
}

/** The direct children, as far as this system tells. */
export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

/** Sends the signal; a process that is already gone is as good. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** @returns whether the condition came true in time. */
export async function until(condition: () => Promise<boolean> | boolean, timeoutMs: number): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) return false;
    await delay(POLL_MS);
  }
  return true;
}
