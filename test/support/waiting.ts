import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 5;

/** Waits for a condition to come true, and throws what was waited for if it does not in time. */
export async function waitFor(
  what: string,
  condition: () => Promise<boolean> | boolean,
  timeoutMs = 20_000,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`);
    await delay(POLL_MS);
  }
}
