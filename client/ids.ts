import { randomFillSync } from 'node:crypto';

/** How many ids can be made of one filling of the pool. */
const POOLED = 1024;
const WORDS_PER_ID = 4;
const COUNTER_MAX = 0xfff;

/** The four digits of every 16-bit number: putting an id together is then only looking up. */
const HEX = Array.from({ length: 0x10000 }, (_, value) => value.toString(16).padStart(4, '0'));

const pool = new Uint16Array(POOLED * WORDS_PER_ID);
let used = pool.length;
let lastMs = 0;
let counter = 0;
let prefix = '';

/**
 * Makes a UUIDv7: the id of a command, and so its idempotency key. Ids of one process ascend in the order in which they
 * were made, also within a millisecond. Takes well below a microsecond.
 */
export function newId(): string {
  const nowMs = Date.now();
  if (nowMs > lastMs) begin(nowMs);
  else if (counter < COUNTER_MAX) counter += 1;
  // More than 4096 ids in a millisecond, or a clock that was set back: the order is kept by running ahead of the clock.
  else begin(lastMs + 1);
  if (used === pool.length) refill();
  const variant = HEX[0x8000 | (word() & 0x3fff)];
  return `${prefix}${HEX[0x7000 | counter]}-${variant}-${HEX[word()]}${HEX[word()]}${HEX[word()]}`;
}

function begin(ms: number): void {
  lastMs = ms;
  counter = 0;
  const time = ms.toString(16).padStart(12, '0');
  prefix = `${time.slice(0, 8)}-${time.slice(8)}-`;
}

function refill(): void {
  randomFillSync(pool);
  used = 0;
}

function word(): number {
  const value = pool[used] ?? 0;
  used += 1;
  return value;
}
