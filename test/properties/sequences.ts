import fc from 'fast-check';
import type { Command } from '../../src/core/ledger/commands.js';
import {
  adjust,
  charge,
  DAY,
  expire,
  extend,
  fund,
  grant,
  HOUR,
  interim,
  MINUTE,
  refund,
  release,
  reserve,
  settle,
  units,
  update,
  type World,
} from '../outcomes/table.js';

/** A step of a random sequence: a command, or time going by. */
export type Step = { readonly wait: number } | { readonly name: string; readonly make: (world: World) => Command };

const account = fc.constantFrom('a', 'b');
/** Few names, so that replays, conflicts and ends of the same reservation happen often. */
const few = (prefix: string, count = 6) => fc.integer({ min: 1, max: count }).map((n) => `${prefix}${n}`);
const amount = fc.constantFrom('0', '0.5', '1', '2', '3.25', '7');
const model = fc.constantFrom('unit', 'unit', 'unit', 'dear', 'free', 'unlisted', 'nothing');

/** Failing sequences are printed by the commands' names. */
const command = (name: string, make: (world: World) => Command): Step =>
  Object.assign({ name, make }, { [fc.toStringMethod]: () => name });

const steps: fc.Arbitrary<Step>[] = [
  fc
    .tuple(few('r', 8), account, amount, model, fc.constantFrom(MINUTE, HOUR, DAY))
    .map(([r, a, n, m, ttlMs]) => command(`reserve ${r} ${a} ${n} ${m}`, reserve(r, a, units(n, m), { ttlMs }))),
  fc.tuple(few('r', 8), account, amount).map(([r, a, n]) => command(`settle ${r} ${a} ${n}`, settle(r, a, n))),
  fc
    .tuple(few('i', 12), few('r', 8), account, amount)
    .map(([i, r, a, n]) => command(`interim ${i} ${r} ${a} ${n}`, interim(i, r, a, n))),
  fc.tuple(few('r', 8), account).map(([r, a]) => command(`release ${r} ${a}`, release(r, a))),
  fc
    .tuple(few('e'), few('r', 8), account, fc.constantFrom('1', '3', '9'), fc.constantFrom(MINUTE, DAY))
    .map(([e, r, a, holdAmount, ttlMs]) =>
      command(`extend ${e} ${r} ${a} ${holdAmount}`, extend(e, r, a, { holdAmount, ttlMs })),
    ),
  fc
    .tuple(few('c'), account, amount, fc.boolean())
    .map(([c, a, n, incurred]) => command(`charge ${c} ${a} ${n} ${incurred}`, charge(c, a, n, { incurred }))),
  fc
    .tuple(few('x', 10), fc.oneof(few('r', 8), few('c')), account, fc.option(fc.constantFrom('0.5', '2')))
    .map(([x, c, a, n]) => command(`refund ${x} ${c} ${a} ${n}`, refund(x, c, a, n ?? undefined))),
  fc.tuple(few('f'), account, amount).map(([f, a, n]) => command(`fund ${f} ${a} ${n}`, fund(f, a, n))),
  // Each grant has a priority of its own, so that the burn order never depends on the millisecond of a batch.
  fc
    .tuple(fc.integer({ min: 1, max: 9 }), account, amount, fc.option(fc.constantFrom(2 * HOUR, 2 * DAY)))
    .map(([n, a, value, expiresAt]) =>
      command(
        `grant g${n} ${a} ${value} ${expiresAt}`,
        grant(`g${n}`, a, value, { priority: n, ...(expiresAt !== null && { expiresAt }) }),
      ),
    ),
  fc
    .tuple(few('j'), account, fc.constantFrom('1', '-1', '-0.25'))
    .map(([j, a, n]) => command(`adjust ${j} ${a} ${n}`, adjust(j, a, n))),
  fc
    .tuple(few('u'), account, fc.constantFrom('0', '2', '5'), fc.boolean())
    .map(([u, a, limit, collectShortfall]) =>
      command(
        `update ${u} ${a} ${limit} ${collectShortfall}`,
        update(u, a, { creditLimits: { USD: limit }, collectShortfall }),
      ),
    ),
  account.map((a) => command(`expire ${a}`, expire(a))),
  fc.constantFrom(30_000, MINUTE, 3 * HOUR, DAY).map((wait) => ({ wait })),
];

const step = fc.oneof(...steps.map((arbitrary, index) => ({ arbitrary, weight: index < 3 ? 4 : 1 })));

export const sequence = (maxLength: number, minLength = 5) => fc.array(step, { minLength, maxLength });
