import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  ambiguous,
  type Conditions,
  conditionsOf,
  contains,
  dimensionsOf,
  holdsFor,
  mostSpecificFirst,
  overlap,
} from './conditions.js';
import type { BookCondition, BookModel } from './price-book.js';

const MODEL: BookModel = {
  model: 'm',
  category: 'video',
  rates: [],
  dimensions: {
    resolution: { values: ['720p', '1080p', '4K'] },
    duration: { from: '1', to: '10' },
    seconds: { values: ['5', '10', 'long'] },
  },
};
const DIMENSIONS = dimensionsOf(MODEL);

function conditions(when: Record<string, BookCondition>): Conditions {
  const found = conditionsOf(when, DIMENSIONS);
  expect(found.issues).toEqual([]);
  return found.conditions;
}

const number = fc.integer({ min: 1, max: 10 }).map(String);
const some = (values: string[]) => fc.subarray(values, { minLength: 1 });
const whens: fc.Arbitrary<Record<string, BookCondition>> = fc.record(
  {
    resolution: fc.oneof(some(['720p', '1080p', '4K']), fc.constantFrom('720p', '1080p')),
    duration: fc.oneof(
      number,
      fc.array(number, { minLength: 1, maxLength: 3 }),
      number.map((from) => ({ from })),
      number.map((to) => ({ to })),
    ),
    seconds: fc.oneof(some(['5', '10', 'long']), fc.constant({ from: '6' })),
  },
  { requiredKeys: [] },
);
const requests = fc.record({
  resolution: fc.constantFrom('720p', '1080p', '4K'),
  duration: number,
  seconds: fc.constantFrom('5', '10', 'long'),
});

const meets = (all: Conditions, request: Record<string, string>) =>
  [...all].every(([name, values]) => holdsFor(values, request[name] ?? ''));

describe('conditions', () => {
  it('overlap and contain each other as the requests that meet them do', () => {
    fc.assert(
      fc.property(whens, whens, requests, (a, b, request) => {
        const [x, y] = [conditions(a), conditions(b)];
        if (meets(x, request) && meets(y, request)) expect(overlap(x, y)).toBe(true);
        if (contains(x, y) && meets(y, request)) expect(meets(x, request)).toBe(true);
        expect(overlap(x, y)).toBe(overlap(y, x));
        expect(contains(x, x)).toBe(true);
      }),
    );
  });

  it('put the most specific first, whatever the order in the book', () => {
    fc.assert(
      fc.property(fc.array(whens, { maxLength: 6 }), requests, (drawn, request) => {
        const rates: { conditions: Conditions }[] = [];
        for (const when of drawn) {
          const rate = { conditions: conditions(when) };
          if (!rates.some((other) => ambiguous(rate, other))) rates.push(rate);
        }
        const taken = (order: { conditions: Conditions }[]) =>
          mostSpecificFirst(order).find((rate) => meets(rate.conditions, request));
        const winner = taken(rates);
        expect(taken([...rates].reverse())).toBe(winner);
        for (const other of rates) {
          if (!winner || other === winner || !meets(other.conditions, request)) continue;
          const { size } = other.conditions;
          expect(
            size < winner.conditions.size ||
              (size === winner.conditions.size && contains(other.conditions, winner.conditions)),
          ).toBe(true);
        }
      }),
    );
  });

  const cases: [string, BookCondition, string, boolean][] = [
    ['duration', '5', '5.0', true],
    ['duration', { above: '5' }, '5', false],
    ['duration', { above: '5' }, '5.000000000001', true],
    ['duration', { from: '5' }, '5', true],
    ['duration', { to: '5' }, '5', true],
    ['duration', { below: '5' }, '5', false],
    ['duration', { below: '5' }, '4.999999999999', true],
    ['duration', { from: '5' }, 'five', false],
    ['duration', { from: '5' }, '11', false],
    ['resolution', ['720p', '4K'], '4K', true],
    ['resolution', '720p', '4K', false],
    ['seconds', { from: '6' }, '10', true],
    ['seconds', { from: '6' }, 'long', false],
  ];
  it.each(cases)('%s %j holds for %s: %s', (name, condition, value, holds) => {
    expect(meets(conditions({ [name]: condition }), { [name]: value })).toBe(holds);
  });
});
