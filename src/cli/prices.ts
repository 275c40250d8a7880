import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { loadConfig } from '../config/config.js';
import type { BookIssue } from '../core/pricing/check-book.js';
import { parseBook } from '../core/pricing/parse-book.js';
import { PricesService } from '../prices/prices.service.js';
import { withDatabase } from './open-database.js';
import { bookLines, importedLine, issueLines, versionLines } from './prices-report.js';

interface ImportFlags {
  readonly book?: string;
  readonly effectiveFrom?: number;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** A command that could not do what it was asked; the message is for the person who asked. Exit code 1. */
class CommandFailed extends Error {}

/** Adds `tollgate prices import | list | show`. */
export function registerPrices(program: Command): void {
  const prices = program.command('prices').description('price books: import a version, list versions, show prices');
  prices
    .command('import')
    .description('import a price book; the same content again changes nothing')
    .argument('<file>', 'the JSON of a price book, as in examples/price-books')
    .option('--book <name>', 'import it under this name instead of its own')
    .option('--effective-from <moment>', 'when it takes effect, such as 2026-03-01T00:00:00Z', parseMoment)
    .option('--dry-run', 'check the file and import nothing; needs no database')
    .option('--json', 'print JSON')
    .action((file: string, flags: ImportFlags) => run(flags, () => importFile(file, flags)));
  prices
    .command('list')
    .description('list the versions of all price books, or of one')
    .argument('[book]', 'the name of a price book')
    .option('--json', 'print JSON')
    .action((book: string | undefined, flags: { json?: boolean }) => run(flags, () => list(book)));
  prices
    .command('show')
    .description('show the prices of a book that are in force, or those of one model')
    .argument('<book>', 'the name of a price book')
    .argument('[model]', 'the name of a model')
    .option('--json', 'print JSON')
    .action((book: string, model: string | undefined, flags: { json?: boolean }) =>
      run(flags, () => show(book, model)),
    );
}

/** What a command prints: lines for a person, or one value as JSON. */
interface Report {
  readonly lines: readonly string[];
  readonly value: unknown;
  readonly failed?: boolean;
}

async function run(flags: { readonly json?: boolean }, work: () => Promise<Report>): Promise<void> {
  const report = await work().catch((error: unknown): Report => {
    if (!(error instanceof CommandFailed)) throw error;
    return { lines: [error.message], value: { ok: false, message: error.message }, failed: true };
  });
  if (report.failed) process.exitCode = 1;
  const text = flags.json ? JSON.stringify(report.value, undefined, 2) : report.lines.join('\n');
  (report.failed && !flags.json ? process.stderr : process.stdout).write(`${text}\n`);
}

async function importFile(file: string, flags: ImportFlags): Promise<Report> {
  const content = renamed(await readJson(file), flags.book);
  const parsed = parseBook(content);
  if (!parsed.ok) return refused(file, content, parsed.issues);
  if (flags.dryRun) {
    const { book, models } = parsed.book;
    const rates = models.reduce((sum, model) => sum + model.rates.length, 0);
    return {
      lines: [
        `${file} is a valid price book: ${book}, ${models.length} models with ${rates} rates; nothing was imported`,
      ],
      value: { ok: true, dryRun: true, book, models: models.length, rates },
    };
  }
  return withPrices(async (service) => {
    const imported = await service.importBook(content, { effectiveFrom: flags.effectiveFrom, by: 'cli' });
    if (!imported.ok) throw new CommandFailed(`${imported.field}: ${imported.message}`);
    return { lines: [importedLine(imported)], value: withMoments(imported) };
  });
}

function withPrices<T>(work: (prices: PricesService) => Promise<T>): Promise<T> {
  return withDatabase(loadConfig(), (database, config) => work(new PricesService(database, config)));
}

function refused(file: string, content: unknown, issues: readonly BookIssue[]): Report {
  return { lines: issueLines(file, content, issues), value: { ok: false, code: 'VALIDATION', issues }, failed: true };
}

function list(book: string | undefined): Promise<Report> {
  return withPrices(async (service) => {
    const versions = await service.list(book);
    if (book !== undefined && versions.length === 0) throw new CommandFailed(`there is no price book "${book}"`);
    return { lines: versionLines(versions, Date.now()), value: versions.map(withMoments) };
  });
}

function show(book: string, name: string | undefined): Promise<Report> {
  return withPrices(async (service) => {
    const version = await service.inForce(book);
    if (!version) throw new CommandFailed(`no price book "${book}" is in force; see tollgate prices list`);
    const model = version.content.models.find((entry) => entry.model === name);
    if (name !== undefined && !model) throw new CommandFailed(`price book "${book}" has no model "${name}"`);
    return { lines: bookLines(version, model), value: model ?? withMoments(version) };
  });
}

/** The same with its moments as text, for JSON that a person may read. */
function withMoments<T extends { readonly effectiveFrom: number; readonly importedAt?: number }>(version: T): object {
  const { effectiveFrom, importedAt } = version;
  const text = (moment: number) => new Date(moment).toISOString();
  return {
    ...version,
    effectiveFrom: text(effectiveFrom),
    ...(importedAt !== undefined && { importedAt: text(importedAt) }),
  };
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new CommandFailed(`${file} cannot be read: ${error.message}`);
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CommandFailed(`${file} is not JSON: ${(error as Error).message}`);
  }
}

function renamed(content: unknown, book: string | undefined): unknown {
  const isObject = typeof content === 'object' && content !== null && !Array.isArray(content);
  return isObject && book !== undefined ? { ...content, book } : content;
}

/** A moment with its offset, so that it means the same on every machine. */
function parseMoment(text: string): number {
  const complete = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const moment = complete ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(moment)) return moment;
  throw new InvalidArgumentError('expected a moment with its offset, such as 2026-03-01T00:00:00Z');
}
