import { describe, expect, test } from '@jest/globals';
import { firstDifference } from './replay.js';

describe('the first difference of two contents', () => {
  test.each([
    [{ a: '1' }, { a: '1' }, undefined],
    [{ ttlMs: 1 }, { ttlMs: 2 }, 'ttl_ms'],
    [{ a: '1' }, { a: '1', tags: {} }, 'tags'],
    [{ tags: { x: '1' } }, { tags: {} }, 'tags.x'],
    [{ candidates: [{ model: 'a' }] }, { candidates: [{ model: 'b' }] }, 'candidates[0].model'],
    [{ candidates: [1] }, { candidates: [1, 2] }, 'candidates[1]'],
    [{ models: null }, { models: [] }, 'models'],
    [{ models: [] }, { models: {} }, 'models'],
    [{ b: '1', a: '2' }, { a: '2', b: '1' }, undefined],
    [{ b: '1', a: '1' }, { a: '2', b: '2' }, 'a'],
    [{ a: '1', b: '1' }, { b: '2', a: '2' }, 'a'],
  ])('of %j and %j is %s', (a, b, field) => {
    expect(firstDifference(a, b)).toBe(field);
  });
});
