import type { Agreement } from './agreement.js';
import type { Connection } from './connection.js';
import type { Book, BookModel } from './own-prices.js';

const MODELS = 271;
const CATEGORIES = ['embedding', 'image', 'music', 'stt', 'text', 'tts', 'upscale', 'video'];

/** The price book that is in force, checked to be the whole sample catalogue. */
export async function readCatalogue(connection: Connection, agreement: Agreement): Promise<Book> {
  const { contentJson } = await connection.must<{ contentJson: string }>('PriceService', 'Get', { book: 'nightveil' });
  const book = JSON.parse(contentJson) as Book;
  agreement.same('models in the catalogue', MODELS, book.models.length);
  agreement.same(
    'categories in the catalogue',
    CATEGORIES.join(),
    [...new Set(book.models.map(({ category }) => category))].sort().join(),
  );
  return book;
}

/** The models as the demo uses them. */
export interface Models {
  /** Those with a price for everybody, by category, in the order of how popular they are made out to be. */
  readonly priced: ReadonlyMap<string, readonly string[]>;
  readonly unlisted: ReadonlyMap<string, readonly string[]>;
  /** Those that need a key of the uncensored tier. */
  readonly uncensored: readonly string[];
}

export function sortModels(models: readonly BookModel[]): Models {
  const sfw = models.filter((model) => model.content_tier !== 'uncensored');
  return {
    priced: byCategory(sfw.filter(({ rates }) => rates.length > 0)),
    unlisted: byCategory(sfw.filter(({ rates }) => rates.length === 0)),
    uncensored: models
      .filter((model) => model.content_tier === 'uncensored' && model.category === 'text')
      .map(({ model }) => model),
  };
}

function byCategory(models: readonly BookModel[]): Map<string, string[]> {
  const grouped = new Map<string, string[]>();
  for (const { category, model } of models) {
    const known = grouped.get(category);
    if (known) known.push(model);
    else grouped.set(category, [model]);
  }
  return grouped;
}
