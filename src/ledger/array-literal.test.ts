import { describe, expect, test } from '@jest/globals';
import { nullableArray, nullableTextArray, plainArray, textArray } from './array-literal.js';

describe('array literals', () => {
  test.each([
    [plainArray([]), '{}'],
    [plainArray([1, 2n, 'a-b']), '{1,2,a-b}'],
    [nullableArray([1, null]), '{1,NULL}'],
    [nullableTextArray([null, 'NULL', 'a"']), '{NULL,"NULL","a\\""}'],
    [textArray([]), '{}'],
    [textArray(['']), '{""}'],
    [textArray(['a"b', 'c\\d', 'NULL', '{,}', 'é\n']), '{"a\\"b","c\\\\d","NULL","{,}","é\n"}'],
  ])('%s', (literal, expected) => {
    expect(literal).toBe(expected);
  });
});
