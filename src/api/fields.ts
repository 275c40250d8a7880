import { formatAmount, parseAmount, parseSignedAmount } from '../core/money/amount.js';
import { ASSETS, type Asset } from '../core/money/asset.js';
import { formatQuantity, parseQuantity, QUANTITY_EXPECTED } from '../core/money/quantity.js';
import { invalid } from './refused.js';

/*
 * How each kind of field is read from a request: checked, and put into its canonical form, because a repeated command
 * is recognised by its content. Every function throws `Refused` with VALIDATION, the field and what was expected.
 */

const UUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;
const ID_EXPECTED = 'a UUIDv7, such as "019350fa-0c00-7000-8000-000000000000"';

/** The last moment of the year 9999, in milliseconds since 1970. */
const MOMENT_MAX = 253_402_300_799_999;

export const NAME_LENGTH_MAX = 200;
const METER_LENGTH_MAX = 64;
const METERS_MAX = 32;
const DIMENSIONS_MAX = 16;
const TAGS_MAX = 16;
const PAIR_NAME_MAX = 64;
const PAIR_VALUE_MAX = 256;

/** A command's id: a UUIDv7. Answers it in lower case. */
export function readId(value: string | undefined, field: string): string {
  if (value === undefined || !UUID.test(value) || value[14] !== '7') throw invalid(field, ID_EXPECTED);
  return value.toLowerCase();
}

/** The id of a thing whose maker may have used any UUID. Answers it in lower case. */
export function readUuid(value: string | undefined, field: string): string {
  if (value === undefined || !UUID.test(value)) throw invalid(field, 'a UUID');
  return value.toLowerCase();
}

/** With the `u` flag a pair of surrogates is one character, so that this finds only the unpaired. */
const UNPAIRED = /\p{Surrogate}/u;

/** Whether PostgreSQL can store the text: no NUL, no half of a surrogate pair. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && !UNPAIRED.test(text);
}

/** Text of at least one character. */
export function readText(value: string | undefined, field: string, max = NAME_LENGTH_MAX): string {
  if (value === undefined || value.length === 0 || value.length > max || !isStorable(value)) {
    throw invalid(field, `1 to ${max} characters, without NUL and unpaired surrogates`);
  }
  return value;
}

/** Text that may be empty. */
export function readOptionalText(value: string | undefined, field: string, max = NAME_LENGTH_MAX): string {
  return value === undefined || value === '' ? '' : readText(value, field, max);
}

/** A whole number of milliseconds, counted or since 1970. */
export function readMs(value: number, field: string, min: number, max: number): number {
  if (!Number.isSafeInteger(value) || value < min || value > max)
    throw invalid(field, `a whole number of milliseconds from ${min} to ${max}`);
  return value;
}

/** A moment. */
export function readMoment(value: number, field: string): number {
  return readMs(value, field, 1, MOMENT_MAX);
}

/** A whole number. */
export function readCount(value: number | undefined, field: string, min: number, max: number): number {
  const count = value ?? 0;
  if (!Number.isInteger(count) || count < min || count > max)
    throw invalid(field, `a whole number from ${min} to ${max}`);
  return count;
}

export function readAsset(value: string | undefined, field: string): Asset {
  const asset = ASSETS.get(value ?? '');
  if (!asset) throw invalid(field, 'the code of an asset', [...ASSETS.keys()]);
  return asset;
}

/** An amount above 0 of an asset. */
export function readAmount(value: string | undefined, asset: Asset, field: string): string {
  const result = parseAmount(value ?? '', asset);
  if (!result.ok) throw invalid(field, result.expected);
  if (result.minor === 0n) throw invalid(field, 'an amount above 0');
  return formatAmount(result.minor, asset);
}

/** An amount of an asset other than 0, perhaps with a leading minus. */
export function readSignedAmount(value: string | undefined, asset: Asset, field: string): string {
  const result = parseSignedAmount(value ?? '', asset);
  if (!result.ok) throw invalid(field, `${result.expected}, or the same with a leading minus`);
  if (result.minor === 0n) throw invalid(field, 'an amount other than 0');
  return formatAmount(result.minor, asset);
}

/** The asset with the most decimal places: what is an amount of any is an amount of it. */
const FINEST: Asset = [...ASSETS.values()].reduce((finest, asset) => (asset.scale > finest.scale ? asset : finest));

/** An amount of an asset that only the ledger knows, 0 included; the ledger checks its decimal places. */
export function readAmountOfSome(value: string, field: string): string {
  const result = parseAmount(value, FINEST);
  if (!result.ok) throw invalid(field, result.expected);
  return formatAmount(result.minor, FINEST);
}

/** Limits by asset code, 0 included. */
export function readAmounts(values: Readonly<Record<string, string>>, field: string): Record<string, string> {
  const read: Record<string, string> = {};
  for (const [code, value] of Object.entries(values)) {
    const asset = readAsset(code, `${field}.${shown(code)}`);
    const result = parseAmount(value, asset);
    if (!result.ok) throw invalid(`${field}.${code}`, result.expected);
    // A limit of 0 is no limit at all, and left out so that both ways of saying it are the same content.
    if (result.minor > 0n) read[code] = formatAmount(result.minor, asset);
  }
  return read;
}

/**
 * Quantities by meter, in canonical form: also in the order in which the journal keeps them, so that lines of a price
 * come in the same order whenever it is taken again.
 */
export function readQuantities(
  values: Readonly<Record<string, string>> | undefined,
  field: string,
): Record<string, string> {
  const read: Record<string, string> = {};
  if (values === undefined) return read;
  const names = Object.keys(values);
  if (names.length > METERS_MAX) throw invalid(field, `at most ${METERS_MAX} meters`);
  if (names.length > 1) names.sort(byJournalOrder);
  for (const name of names) {
    if (!isName(name, METER_LENGTH_MAX))
      throw invalid(`${field}.${shown(name)}`, `the name of a meter, of 1 to ${METER_LENGTH_MAX} characters`);
    const scaled = parseQuantity(values[name] as string);
    if (scaled === undefined) throw invalid(`${field}.${name}`, QUANTITY_EXPECTED);
    read[name] = formatQuantity(scaled);
  }
  return read;
}

/** How PostgreSQL orders the names of a JSON object: the shorter first, by their bytes. */
function byJournalOrder(a: string, b: string): number {
  return Buffer.byteLength(a) - Buffer.byteLength(b) || Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Dimensions by name. */
export function readDimensions(
  values: Readonly<Record<string, string>> | undefined,
  field: string,
): Record<string, string> {
  return readPairs(values, field, DIMENSIONS_MAX);
}

/** Tags by name; undefined where there are none. */
export function readTags(values: Readonly<Record<string, string>> | undefined): Record<string, string> | undefined {
  const tags = readPairs(values, 'tags', TAGS_MAX);
  return isEmpty(tags) ? undefined : tags;
}

export function isEmpty(values: object): boolean {
  for (const _ in values) return false;
  return true;
}

function readPairs(
  values: Readonly<Record<string, string>> | undefined,
  field: string,
  max: number,
): Record<string, string> {
  const read: Record<string, string> = {};
  if (values === undefined) return read;
  const names = Object.keys(values);
  if (names.length > max) throw invalid(field, `at most ${max} entries`);
  for (const name of names) {
    if (!isName(name, PAIR_NAME_MAX))
      throw invalid(`${field}.${shown(name)}`, `a name of 1 to ${PAIR_NAME_MAX} characters`);
    const value = values[name] as string;
    if (value.length > PAIR_VALUE_MAX || !isStorable(value)) {
      throw invalid(
        `${field}.${shown(name)}`,
        `at most ${PAIR_VALUE_MAX} characters, without NUL and unpaired surrogates`,
      );
    }
    read[name] = value;
  }
  return read;
}

/** A name that can be a property of a plain object without being taken for one that every object has. */
function isName(name: string, max: number): boolean {
  return name.length > 0 && name.length <= max && isStorable(name) && !(name in Object.prototype);
}

/** A caller's name as an error may repeat it. */
function shown(name: string): string {
  return name
    .slice(0, PAIR_NAME_MAX)
    .replace(/\p{Surrogate}/gu, '\uFFFD')
    .replaceAll('\0', '\uFFFD');
}
