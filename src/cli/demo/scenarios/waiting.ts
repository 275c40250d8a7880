import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 50;
const PATIENCE_MS = 15_000;

/** Asks again and again until the answer is yes. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const patience = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > patience) throw new Error(`${what}: not within ${PATIENCE_MS / 1000} s`);
    await pause(POLL_MS);
  }
}
