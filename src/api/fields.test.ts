import { describe, expect, it } from '@jest/globals';
import { ASSETS, assetOf } from '../core/money/asset.js';
import {
  isStorable,
  readAmount,
  readAmountOfSome,
  readAmounts,
  readAsset,
  readId,
  readOptionalText,
  readQuantities,
  readSignedAmount,
  readTags,
  readText,
} from './fields.js';
import { Refused } from './refused.js';

const ID = '019350fa-0c00-7000-8000-000000000000';

/** The field that was refused; undefined where none was. */
function refusedField(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof Refused && error.refusal.code === 'VALIDATION') return error.refusal.field;
    throw error;
  }
}

describe('text', () => {
  it.each(['\0', 'a\0b', '\ud800', 'a\udc00', '\udc00\ud800'])('%j cannot be stored', (text) => {
    expect(isStorable(text)).toBe(false);
    expect(refusedField(() => readText(text, 'name'))).toBe('name');
    expect(refusedField(() => readOptionalText(text, 'label'))).toBe('label');
    expect(refusedField(() => readTags({ [text]: 'x' }))).toMatch(/^tags\.[^\0\ud800\udc00]*$/u);
    expect(refusedField(() => readTags({ a: text }))).toBe('tags.a');
    expect(refusedField(() => readQuantities({ [text]: '1' }, 'usage'))).toMatch(/^usage\./);
  });

  it.each(['a', '😀', 'naïve', '\u{10ffff}', '中'])('%j can', (text) => {
    expect(readText(text, 'name')).toBe(text);
  });
});

describe('ids', () => {
  it('are lower case, and of version 7', () => {
    expect(readId(ID.toUpperCase(), 'id')).toBe(ID);
    for (const bad of [
      undefined,
      '',
      ID.slice(1),
      `${ID} `,
      ID.replaceAll('-', ''),
      ID.replace('-7', '-4'),
      `{${ID}}`,
    ]) {
      expect(refusedField(() => readId(bad, 'id'))).toBe('id');
    }
  });
});

describe('amounts', () => {
  const usd = assetOf('USD');

  it('come in their shortest form', () => {
    expect(readAmount('1.500000000000', usd, 'amount')).toBe('1.5');
    expect(readSignedAmount('-0.10', usd, 'amount')).toBe('-0.1');
    expect(readAmountOfSome('0.000', 'cost')).toBe('0');
    expect(readAmounts({ USD: '1.0', CREDIT: '0' }, 'limits')).toEqual({ USD: '1' });
  });

  it.each([
    '',
    '0',
    '-1',
    '+1',
    '1e3',
    'NaN',
    'Infinity',
    '1.',
    '.1',
    '01',
    ' 1',
    '1 ',
    '0x1',
    '1,0',
    '1'.repeat(65),
    '１',
  ])('%j is none above 0', (text) => {
    expect(refusedField(() => readAmount(text, usd, 'amount'))).toBe('amount');
  });

  it('are of an asset that is kept', () => {
    for (const code of ASSETS.keys()) expect(readAsset(code, 'asset').code).toBe(code);
    for (const code of [undefined, '', 'usd', 'EUR', '__proto__']) {
      expect(refusedField(() => readAsset(code, 'asset'))).toBe('asset');
    }
  });
});

describe('quantities', () => {
  it('come in their shortest form, in the order in which the journal keeps them', () => {
    const read = readQuantities(
      { output_tokens: '1.0', images: '2', input_tokens: '3.000', éé: '1', zzz: '1' },
      'usage',
    );
    expect(Object.entries(read)).toEqual([
      ['zzz', '1'],
      ['éé', '1'],
      ['images', '2'],
      ['input_tokens', '3'],
      ['output_tokens', '1'],
    ]);
  });

  it('have names that no object has by itself', () => {
    for (const name of ['constructor', '__proto__', 'toString', '', 'x'.repeat(65)]) {
      const usage = JSON.parse(`{ ${JSON.stringify(name)}: "1" }`);
      expect(refusedField(() => readQuantities(usage, 'usage'))).toBe(`usage.${name.slice(0, 64)}`);
    }
  });
});
