import type { BookIssue } from '../core/pricing/check-book.js';
import { salePrice } from '../core/pricing/compile-rate.js';
import type { BookCondition, BookModel, BookRate, PriceBook } from '../core/pricing/price-book.js';
import type { PriceVersion, PriceVersionContent } from '../prices/price.entity.js';
import type { ImportedBook } from '../prices/prices.service.js';

/** The issues of a book's file, one a line, each with its path and, where it lies in one, the model's name. */
export function issueLines(file: string, content: unknown, issues: readonly BookIssue[]): string[] {
  const count = issues.length === 1 ? '1 issue' : `${issues.length} issues`;
  return [
    `${file} is not a valid price book: ${count}`,
    ...issues.map(({ path, expected }) => `  ${path || 'the file'}${modelNote(content, path)}: expected ${expected}`),
  ];
}

function modelNote(content: unknown, path: string): string {
  const index = /^models\[(\d+)\]/.exec(path)?.[1];
  const models = isObject(content) && Array.isArray(content['models']) ? (content['models'] as unknown[]) : [];
  const model = index === undefined ? undefined : models[Number(index)];
  return isObject(model) && typeof model['model'] === 'string' ? ` (${model['model']})` : '';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

export function importedLine(imported: ImportedBook): string {
  const { book, version, models, rates, effectiveFrom } = imported;
  if (imported.unchanged) return `${book}: version ${version} has this content already; nothing was changed`;
  return `${book}: imported version ${version}, ${models} models with ${rates} rates, in force from ${iso(effectiveFrom)}`;
}

export function versionLines(versions: readonly PriceVersion[], now: number): string[] {
  if (versions.length === 0) return ['no price book was imported yet'];
  const inForce = new Map<string, PriceVersion>();
  for (const version of versions) {
    const best = inForce.get(version.book);
    if (version.effectiveFrom <= now && (best?.effectiveFrom ?? 0) <= version.effectiveFrom)
      inForce.set(version.book, version);
  }
  const rows = versions.map((version) => [
    version.book,
    String(version.version),
    version.asset,
    iso(version.effectiveFrom),
    version.effectiveFrom > now ? 'to come' : inForce.get(version.book) === version ? 'in force' : 'past',
    version.importedBy,
    version.id,
  ]);
  return columns([['BOOK', 'VERSION', 'ASSET', 'FROM', 'STATE', 'IMPORTED BY', 'ID'], ...rows]);
}

/** A book's models, one a line, or one model in full. */
export function bookLines(
  { content, version, effectiveFrom }: PriceVersionContent,
  model: BookModel | undefined,
): string[] {
  const head = `${content.book}, version ${version}, ${content.asset}, in force since ${iso(effectiveFrom)}`;
  if (model) return [head, ...modelLines(model, content)];
  const rows = content.models.map((entry) => [
    entry.model,
    entry.category,
    entry.content_tier ?? 'sfw',
    entry.rates.map((rate) => rateText(rate, entry, content)).join('; ') || 'no rate: refused as UNPRICED',
  ]);
  return [head, ...columns([['MODEL', 'CATEGORY', 'TIER', 'RATES'], ...rows])];
}

function modelLines(model: BookModel, book: PriceBook): string[] {
  const facts: [string, string | undefined][] = [
    ['model', model.model],
    ['category', model.category],
    ['content tier', model.content_tier ?? 'sfw'],
    ['plans', model.plans?.join(', ')],
    ['listing', model.listing ?? 'priced'],
    ['listed as', model.listed],
    ['minimum charge', model.minimum_charge],
    ['not billed', model.unbilled?.join(', ')],
    ...Object.entries(model.defaults ?? {}).map(([meter, quantity]): [string, string] => [
      `default ${meter}`,
      quantity ?? '',
    ]),
    ...Object.entries(model.dimensions ?? {}).map(([name, declared]): [string, string] => [
      `dimension ${name}`,
      `${declared.values?.join(', ') ?? rangeText(declared)}${declared.default === undefined ? '' : `; ${declared.default} unless said`}`,
    ]),
    ...model.rates.map((rate): [string, string] => ['rate', rateText(rate, model, book)]),
  ];
  return columns(facts.flatMap(([name, value]) => (value === undefined ? [] : [[`  ${name}`, value]])));
}

/** A rate as it is charged, markup included: `output_tokens 3.00 / 1000000 when service_tier is batch`. */
function rateText(rate: BookRate, model: BookModel, book: PriceBook): string {
  const price = rate.price ?? salePrice(rate, model.markup ?? book.markup).toFixed();
  const when = Object.entries(rate.when ?? {}).map(([name, condition]) => `${name} is ${conditionText(condition)}`);
  return `${rate.meter} ${price} / ${rate.per}${when.length > 0 ? ` when ${when.join(' and ')}` : ''}`;
}

function conditionText(condition: BookCondition): string {
  if (typeof condition === 'string') return condition;
  return Array.isArray(condition) ? condition.join(' or ') : rangeText(condition);
}

function rangeText(range: {
  from?: string | undefined;
  above?: string | undefined;
  to?: string | undefined;
  below?: string | undefined;
}): string {
  const ends = (['from', 'above', 'to', 'below'] as const).flatMap((end) =>
    range[end] === undefined ? [] : [`${end} ${range[end]}`],
  );
  return ends.join(' ');
}

function iso(moment: number): string {
  return new Date(moment).toISOString();
}

/** Rows as text columns; the last one is not padded. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  '),
  );
}
