import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Config } from '../config/config.js';
import { type Refusal, refuse } from '../core/ledger/outcome.js';
import type { BookIssue } from '../core/pricing/check-book.js';
import { parseBook } from '../core/pricing/parse-book.js';
import type { PriceBook } from '../core/pricing/price-book.js';
import { Database } from '../db/database.js';
import { classifyDatabaseError } from '../db/errors.js';
import { contentHash } from './content-hash.js';
import type { PriceVersion, PriceVersionContent } from './price.entity.js';
import {
  insertVersion,
  selectContents,
  selectExists,
  selectInForce,
  selectNewest,
  selectNow,
  selectVersions,
} from './price.store.js';

const SAMPLE = new URL('../../examples/price-books/nightveil.json', import.meta.url);

/** What the commit of an import may take, and what the clocks of two processes may differ by. */
const COMMIT_MARGIN_MS = 1_000;
/** Each failed attempt means that another import of the same book went before. */
const ATTEMPTS_MAX = 20;
const ISSUES_SHOWN = 10;
const LATEST = Date.UTC(9999, 11, 31);

export interface ImportOptions {
  /** When the version takes effect, in milliseconds since 1970. As soon as it may unless said. */
  readonly effectiveFrom?: number | undefined;
  /** The principal that imports it. */
  readonly by: string;
}

export interface ImportedBook {
  readonly ok: true;
  readonly book: string;
  readonly version: number;
  readonly priceVersionId: string;
  readonly effectiveFrom: number;
  readonly models: number;
  readonly rates: number;
  /** True where this is the content of the newest version already, and nothing was written. */
  readonly unchanged: boolean;
}

/** Imports price books and reads their versions. Prices of requests come from the `PriceTable`. */
@Injectable()
export class PricesService {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  /**
   * Imports a version of the book that `content` (the parsed JSON of a book's file) is. The first version of a book
   * takes effect at once, or at any moment that is asked for; a later one no earlier than two refresh intervals from
   * now, so that every process knows it by then. The content of the newest version again changes nothing.
   *
   * Refused as `VALIDATION`: what is wrong with the content, its `field` being the path in it, and a moment too early.
   */
  async importBook(content: unknown, options: ImportOptions): Promise<ImportedBook | Refusal> {
    const parsed = parseBook(content);
    if (!parsed.ok) return refuseContent(parsed.issues);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.database.dataSource.transaction((manager) => this.importOnce(manager, parsed.book, options));
      } catch (error) {
        if (classifyDatabaseError(error) !== 'duplicate' || attempt === ATTEMPTS_MAX) throw error;
      }
    }
  }

  /** Imports the sample book into a ledger that has no prices yet. Undefined where it has some. */
  async importSampleIfEmpty(): Promise<ImportedBook | undefined> {
    if (await selectExists(this.database.dataSource.manager)) return undefined;
    const imported = await this.importBook(JSON.parse(await readFile(SAMPLE, 'utf8')), { by: 'system' });
    if (!imported.ok) throw new Error(`the sample price book: ${imported.message}`);
    return imported;
  }

  /** The versions of a book, or of all, the newest of each first. */
  list(book?: string): Promise<PriceVersion[]> {
    return selectVersions(this.database.dataSource.manager, book);
  }

  /** A version with its content; undefined where there is none of this id. */
  async version(priceVersionId: string): Promise<PriceVersionContent | undefined> {
    const [version] = await selectContents(this.database.dataSource.manager, [priceVersionId]);
    return version;
  }

  /** The version of a book that is in force now; undefined where there is none. */
  inForce(book: string): Promise<PriceVersionContent | undefined> {
    return selectInForce(this.database.dataSource.manager, book);
  }

  private async importOnce(
    manager: EntityManager,
    book: PriceBook,
    { effectiveFrom, by }: ImportOptions,
  ): Promise<ImportedBook | Refusal> {
    const hash = contentHash(book);
    const newest = await selectNewest(manager, book.book);
    if (newest?.contentHash.equals(hash)) return importedOf(book, newest, true);
    if (newest && newest.asset !== book.asset) {
      return refuse('VALIDATION', `expected ${newest.asset}, the asset of the book's versions so far`, {
        field: 'asset',
      });
    }
    const now = await selectNow(manager);
    const earliest = newest ? now + 2 * this.config.PRICE_REFRESH_MS + COMMIT_MARGIN_MS : 0;
    const refusal =
      effectiveFrom === undefined ? undefined : await refuseMoment(manager, book.book, effectiveFrom, earliest);
    if (refusal) return refusal;
    const version = {
      id: randomUUID(),
      version: (newest?.version ?? 0) + 1,
      effectiveFrom: effectiveFrom ?? Math.max(now, earliest),
    };
    await insertVersion(manager, {
      ...version,
      book: book.book,
      asset: book.asset,
      content: book,
      contentHash: hash,
      importedBy: by,
    });
    return importedOf(book, version, false);
  }
}

async function refuseMoment(
  manager: EntityManager,
  book: string,
  moment: number,
  earliest: number,
): Promise<Refusal | undefined> {
  const field = 'effective_from';
  if (!Number.isSafeInteger(moment) || moment < earliest || moment > LATEST) {
    const since = earliest > 0 ? ', so that every process knows the version by then' : '';
    return refuse(
      'VALIDATION',
      `expected a moment from ${new Date(earliest).toISOString()} to ${new Date(LATEST).toISOString()}${since}`,
      { field },
    );
  }
  const versions = await selectVersions(manager, book);
  const taken = versions.find(({ effectiveFrom }) => effectiveFrom === moment);
  return (
    taken &&
    refuse('VALIDATION', `expected another moment, because version ${taken.version} takes effect at this one`, {
      field,
    })
  );
}

function importedOf(
  book: PriceBook,
  version: Pick<PriceVersion, 'id' | 'version' | 'effectiveFrom'>,
  unchanged: boolean,
): ImportedBook {
  const rates = book.models.reduce((sum, model) => sum + model.rates.length, 0);
  const { id, version: number, effectiveFrom } = version;
  return {
    ok: true,
    book: book.book,
    version: number,
    priceVersionId: id,
    effectiveFrom,
    models: book.models.length,
    rates,
    unchanged,
  };
}

function refuseContent(issues: readonly BookIssue[]): Refusal {
  const shown = issues
    .slice(0, ISSUES_SHOWN)
    .map(({ path, expected }) => (path === '' ? `expected ${expected}` : `${path}: expected ${expected}`));
  const more = issues.length > shown.length ? [`and ${issues.length - shown.length} more`] : [];
  return refuse('VALIDATION', [...shown, ...more].join('; '), {
    field: issues[0]?.path || 'content',
    details: { issues: String(issues.length) },
  });
}
