import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { usdText } from './decimal.js';
import { type Book, OwnPrices, type Quantities } from './own-prices.js';

const file = new URL('../../../examples/price-books/nightveil.json', import.meta.url);
const prices = new OwnPrices(JSON.parse(readFileSync(file, 'utf8')) as Book);

test.each<[string, Quantities, string, string]>([
  ['claude-opus-4-5', { input_tokens: '1200', output_tokens: '2000' }, '0.1008', ''],
  ['claude-opus-4-5', { input_tokens: '200', cached_input_tokens: '1000', reasoning_tokens: '2000' }, '0.1008', ''],
  ['arcee-trinity-large-thinking', { input_tokens: '1' }, '0.00000047', ''],
  ['upscaler', { upstream_cost: '0.001' }, '0.03', ''],
  ['upscaler', { upstream_cost: '0.4' }, '0.6', ''],
  ['upscaler', { upstream_cost: '0' }, '0', ''],
  ['openai/whisper-large-v3', { seconds: '60' }, '0', 'seconds'],
])('%s: %j costs %s', (model, quantities, amount, unpriced) => {
  const price = prices.priceOf(model, quantities);
  expect([usdText(price.amount), price.unpriced.join()]).toEqual([amount, unpriced]);
});
