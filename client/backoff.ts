const FIRST_MS = 20;
const MAX_MS = 1000;

/** How long to wait before the next attempt, after so many that failed: 20 ms, doubling up to a second, half of it by chance. */
export function backoffMs(failed: number): number {
  const whole = Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(failed, 10));
  return whole / 2 + (Math.random() * whole) / 2;
}
