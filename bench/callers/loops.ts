import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type { BenchAccount } from '../workload.js';
import type { Called } from './jobs.js';
import { LatencyLog } from './latencies.js';
import type { SettleIt, Way } from './way.js';

/** How long a request is at its model, in the open loop: from when its reserve was due to when its settle is. */
const UPSTREAM_MS = 100;
const HOLDING_AT_ONCE = 2_000;
/** As long as a hold may be: none of them expires while the run goes on. */
const HOLD_TTL_MS = 7 * 86_400_000;

/** As many callers as said, spread over the ways, each doing pair after pair until the time is over. */
export async function closedLoop(
  ways: readonly Way[],
  accounts: readonly BenchAccount[],
  callers: number,
  forMs: number,
): Promise<Called> {
  const log = new LatencyLog();
  const start = performance.now();
  const caller = async (_: unknown, index: number): Promise<void> => {
    const way = ways[index % ways.length] as Way;
    while (performance.now() < start + forMs) {
      const before = performance.now();
      const settle = await way.reserve(anyOf(accounts));
      const between = performance.now();
      log.reserved(between - before);
      await settle();
      log.settled(performance.now() - between);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return log.summary(performance.now() - start);
}

/** One pair on each account over each of the ways. */
export async function eachOnce(
  ways: readonly Way[],
  accounts: readonly BenchAccount[],
  callers: number,
): Promise<Called> {
  const log = new LatencyLog();
  const start = performance.now();
  for (const way of ways) {
    const left = accounts.values();
    // All callers take from the same iterator.
    const caller = async (): Promise<void> => {
      for (const account of left) {
        const settle = await way.reserve(account);
        log.reserved(0);
        await settle();
        log.settled(0);
      }
    };
    await Promise.all(Array.from({ length: callers }, caller));
  }
  return log.summary(performance.now() - start);
}

/**
 * Pairs come at random moments (a Poisson process), whether the ones before are answered or not, and an operation's
 * latency counts from the moment at which it was due, so that a stall is told by all that it kept waiting.
 */
export async function openLoop(
  way: Way,
  accounts: readonly BenchAccount[],
  rate: number,
  forMs: number,
): Promise<Called> {
  const log = new LatencyLog();
  const start = performance.now();
  const settles: { readonly due: number; readonly reserved: Promise<SettleIt> }[] = [];
  const settled: Promise<void>[] = [];
  let due = start;
  let next = 0;
  while (due < start + forMs || next < settles.length) {
    const now = performance.now();
    for (; due <= now && due < start + forMs; due += gap(rate)) {
      const reserveDue = due;
      const reserved = way.reserve(anyOf(accounts));
      settles.push({ due: reserveDue + UPSTREAM_MS, reserved });
      // A failure is thrown where the settle waits for it.
      reserved.then(() => log.reserved(performance.now() - reserveDue)).catch(() => undefined);
    }
    for (let ripe = settles[next]; ripe && ripe.due <= now; ripe = settles[next]) {
      settled.push(settleDue(ripe.reserved, ripe.due, log));
      next += 1;
    }
    await pause(1);
  }
  await Promise.all(settled);
  return log.summary(performance.now() - start);
}

async function settleDue(reserved: Promise<SettleIt>, due: number, log: LatencyLog): Promise<void> {
  const settle = await reserved;
  await settle();
  log.settled(performance.now() - due);
}

/** Holds that stay. */
export async function hold(way: Way, accounts: readonly BenchAccount[], holds: number): Promise<void> {
  for (let held = 0; held < holds; held += HOLDING_AT_ONCE) {
    const wanted = Math.min(HOLDING_AT_ONCE, holds - held);
    await Promise.all(Array.from({ length: wanted }, () => way.reserve(anyOf(accounts), HOLD_TTL_MS)));
  }
}

function gap(rate: number): number {
  return (-Math.log(1 - Math.random()) * 1000) / rate;
}

function anyOf(accounts: readonly BenchAccount[]): BenchAccount {
  return accounts[Math.floor(Math.random() * accounts.length)] as BenchAccount;
}
