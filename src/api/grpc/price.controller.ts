import type { Metadata } from '@grpc/grpc-js';
import { Controller, UseFilters } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { Refusal } from '../../core/ledger/outcome.js';
import type { PriceVersion } from '../../prices/price.entity.js';
import { PricesService } from '../../prices/prices.service.js';
import { readMs, readOptionalText, readText, readUuid } from '../fields.js';
import { invalid, Refused } from '../refused.js';
import { contextOf } from './call-context.js';
import { readable } from './definition.js';
import { RefusedFilter } from './refused.filter.js';

const SERVICE = 'PriceService';

@Controller()
@UseFilters(RefusedFilter)
export class PriceController {
  constructor(private readonly prices: PricesService) {}

  @GrpcMethod(SERVICE, 'Import')
  async import(
    request: { readonly contentJson?: string; readonly effectiveFromMs?: number },
    metadata: Metadata,
  ): Promise<object> {
    readable(request);
    const { effectiveFromMs } = request;
    const effectiveFrom =
      effectiveFromMs === undefined
        ? undefined
        : readMs(effectiveFromMs, 'effective_from_ms', 0, Number.MAX_SAFE_INTEGER);
    const by = `token:${contextOf(metadata).principal.tokenId}`;
    const imported = await this.prices.importBook(parseJson(request.contentJson ?? ''), { effectiveFrom, by });
    if (!imported.ok) throw new Refused(onTheWire(imported));
    const { ok: _ok, effectiveFrom: from, ...same } = imported;
    return { ...same, effectiveFromMs: from };
  }

  @GrpcMethod(SERVICE, 'List')
  async list(request: { readonly book?: string }): Promise<object> {
    readable(request);
    const book = readOptionalText(request.book, 'book');
    const versions = await this.prices.list(book === '' ? undefined : book);
    return { versions: versions.map(versionMessage) };
  }

  @GrpcMethod(SERVICE, 'Get')
  async get(request: { readonly priceVersionId?: string; readonly book?: string }): Promise<object> {
    readable(request);
    const { priceVersionId = '', book = '' } = request;
    if ((priceVersionId === '') === (book === ''))
      throw invalid('price_version_id', 'exactly one of price_version_id and book');
    const found =
      book === ''
        ? await this.prices.version(readUuid(priceVersionId, 'price_version_id'))
        : await this.prices.inForce(readText(book, 'book'));
    if (!found)
      throw book === ''
        ? invalid('price_version_id', 'the id of a version')
        : invalid('book', 'the name of a price book in force');
    return { version: versionMessage(found), contentJson: JSON.stringify(found.content) };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('content_json', 'the JSON of a price book');
  }
}

/** The fields of the request have the units of their values in their names. */
function onTheWire(refusal: Refusal): Refusal {
  if (refusal.field === 'effective_from') return { ...refusal, field: 'effective_from_ms' };
  return { ...refusal, field: refusal.field === 'content' ? 'content_json' : `content_json.${refusal.field}` };
}

function versionMessage({ id, book, version, asset, effectiveFrom, importedAt, importedBy }: PriceVersion): object {
  return {
    priceVersionId: id,
    book,
    version,
    asset,
    effectiveFromMs: effectiveFrom,
    importedAtMs: importedAt,
    importedBy,
  };
}
