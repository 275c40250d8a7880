import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FairQueue, Waiting } from './fair-queue.js';

interface Item {
  readonly source: string;
  readonly number: number;
}

const sourceOf = ({ source }: Item): string => source;

const itemsOf = (source: string, count: number): Item[] =>
  Array.from({ length: count }, (_, number) => ({ source, number }));

function queueOf(items: readonly Item[], waiting = new Waiting()): FairQueue<Item> {
  const queue = new FairQueue(sourceOf, waiting);
  for (const item of items) queue.push(item);
  return queue;
}

const named = (items: readonly Item[]): string => items.map(({ source, number }) => `${source}${number}`).join(' ');

describe('a fair queue', () => {
  test('of one source is a queue', () => {
    const queue = queueOf(itemsOf('a', 5));
    expect(named(queue.take(2))).toBe('a0 a1');
    queue.push({ source: 'a', number: 5 });
    expect(queue.length).toBe(4);
    expect(named(queue.take(10))).toBe('a2 a3 a4 a5');
    expect(queue.take(10)).toEqual([]);
  });

  test('takes one of each source in turn, and goes on where it stopped', () => {
    const queue = queueOf([...itemsOf('a', 4), ...itemsOf('b', 2), ...itemsOf('c', 3)]);
    expect(named(queue.take(4))).toBe('a0 b0 c0 a1');
    expect(named(queue.take(10))).toBe('b1 c1 a2 c2 a3');
  });

  test('lets a newcomer in behind those that are there, however long their lines are', () => {
    const queue = queueOf([...itemsOf('a', 1000), ...itemsOf('b', 1000)]);
    queue.take(3);
    queue.push({ source: 'c', number: 0 });
    expect(named(queue.take(4))).toBe('b1 a2 c0 b2');
  });

  test('gives what was put back before all else, in its order', () => {
    const queue = queueOf([...itemsOf('a', 2), ...itemsOf('b', 2)]);
    const taken = queue.take(3);
    queue.putBack(taken.slice(1));
    expect(queue.length).toBe(3);
    expect(named(queue.take(1))).toBe('b0');
    expect(named(queue.take(9))).toBe('a1 b1');
  });
});

const SOURCES = ['a', 'b', 'c', 'd', 'e'];

/** What is done to a queue: of which source one more comes, or how many are taken and how many of those put back. */
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ push: fc.constantFrom(...SOURCES), times: fc.integer({ min: 1, max: 90 }) }) },
    {
      weight: 2,
      arbitrary: fc.record({ take: fc.integer({ min: 0, max: 120 }), back: fc.integer({ min: 0, max: 2 }) }),
    },
  ),
  { maxLength: 60 },
);

describe('whatever comes and goes', () => {
  test('nothing is lost, nothing comes twice, a source keeps its order, and the counts are right', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const waiting = new Waiting();
        const queues = [new FairQueue(sourceOf, waiting), new FairQueue(sourceOf, waiting)] as const;
        const models = [new Map<string, number[]>(), new Map<string, number[]>()] as const;
        const check = (at: 0 | 1, taken: readonly Item[]): void => {
          for (const { source, number } of taken) expect(models[at].get(source)?.shift()).toBe(number);
        };
        let next = 0;
        for (const [index, step] of all.entries()) {
          const at = (index % 2) as 0 | 1;
          if ('push' in step) {
            for (let n = 0; n < step.times; n += 1, next += 1) {
              queues[at].push({ source: step.push, number: next });
              models[at].set(step.push, [...(models[at].get(step.push) ?? []), next]);
            }
          } else {
            const expected = Math.min(step.take, queues[at].length);
            const taken = queues[at].take(step.take);
            expect(taken.length).toBe(expected);
            const back = taken.slice(0, step.back);
            check(at, taken);
            for (const { source, number } of back.toReversed()) models[at].get(source)?.unshift(number);
            // Put back where others of the source were taken after them, they come before what is left of it.
            queues[at].putBack(back);
          }
          for (const source of SOURCES) {
            const left = models.reduce((sum, model) => sum + (model.get(source)?.length ?? 0), 0);
            expect(waiting.of(source)).toBe(left);
          }
          expect(waiting.total).toBe(queues[0].length + queues[1].length);
        }
        check(0, queues[0].take(1e9));
        check(1, queues[1].take(1e9));
        expect([...models[0].values(), ...models[1].values()].flat()).toEqual([]);
        expect([waiting.total, waiting.sources]).toEqual([0, 0]);
      }),
    );
  });

  test('nobody waits behind more of another source than its own place in its line', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const queue = new FairQueue(sourceOf);
        const waiting = new Map<string, number>();
        /** Of each that waits: its place in its source's line, and how many of each other source went before it. */
        const open = new Map<Item, { readonly place: number; readonly before: Map<string, number> }>();
        const takeOne = (): void => {
          const [item] = queue.take(1);
          if (!item) return;
          const { place, before } = open.get(item) ?? { place: 0, before: new Map<string, number>() };
          for (const count of before.values()) expect(count).toBeLessThanOrEqual(place);
          open.delete(item);
          waiting.set(item.source, (waiting.get(item.source) ?? 0) - 1);
          for (const [other, { before: passed }] of open)
            if (other.source !== item.source) passed.set(item.source, (passed.get(item.source) ?? 0) + 1);
        };
        for (const step of all) {
          if ('push' in step) {
            for (let n = 0; n < Math.min(step.times, 9); n += 1) {
              const item = { source: step.push, number: n };
              const place = (waiting.get(step.push) ?? 0) + 1;
              waiting.set(step.push, place);
              open.set(item, { place, before: new Map() });
              queue.push(item);
            }
          } else for (let n = 0; n < step.take / 8; n += 1) takeOne();
        }
        while (queue.length > 0) takeOne();
        expect(open.size).toBe(0);
      }),
    );
  });

  test('what is taken at once is what would be taken one by one', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const [atOnce, oneByOne] = [new FairQueue(sourceOf), new FairQueue(sourceOf)];
        for (const [index, step] of all.entries()) {
          if ('push' in step) {
            for (const { source } of itemsOf(step.push, step.times)) {
              const item = { source, number: index };
              atOnce.push(item);
              oneByOne.push(item);
            }
          } else {
            const single = Array.from({ length: Math.min(step.take, oneByOne.length) }, () => oneByOne.take(1)).flat();
            expect(atOnce.take(step.take)).toEqual(single);
          }
        }
      }),
    );
  });
});

describe('a full queue', () => {
  test('refuses who has its share, and lets others in up to theirs', () => {
    const waiting = new Waiting();
    const queue = queueOf(itemsOf('greedy', 9), waiting);
    expect(waiting.admits('greedy', 10)).toBe(true);
    queue.push({ source: 'greedy', number: 9 });
    expect(waiting.admits('greedy', 10)).toBe(false);
    for (const item of itemsOf('modest', 5)) {
      expect(waiting.admits('modest', 10)).toBe(true);
      queue.push(item);
    }
    expect(waiting.admits('modest', 10)).toBe(false);
    expect(waiting.admits('another', 10)).toBe(true);
    queue.take(6);
    expect(waiting.admits('greedy', 10)).toBe(true);
  });

  test('holds twice what makes it full, and no more, whoever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...SOURCES, 'f', 'g', 'h'), { maxLength: 400 }), (comers) => {
        const waiting = new Waiting();
        const queue = new FairQueue(sourceOf, waiting);
        for (const [number, source] of comers.entries()) if (waiting.admits(source, 20)) queue.push({ source, number });
        expect(queue.length).toBeLessThanOrEqual(40);
        for (const source of comers) expect(waiting.of(source)).toBeGreaterThan(0);
      }),
    );
  });
});
