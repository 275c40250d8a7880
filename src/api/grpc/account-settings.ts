import type { AccountSettings } from '../../core/ledger/commands.js';
import { isEmpty, readAmounts, readAsset } from '../fields.js';
import { invalid } from '../refused.js';
import { type ByAsset, SettingsDto } from './dto/account.dto.js';
import { check } from './dto/check.js';
import { ACCOUNT_STATUS, wireName } from './enums.js';

const BOOK_NAME_MAX = 200;

/** The settings that a message gives, in canonical form. What it does not give is absent. */
export function readSettings(message: object | undefined, path: string): Partial<AccountSettings> {
  const given = check(SettingsDto, message ?? {}, path);
  const {
    name,
    status,
    plan,
    planUntilAtMs,
    ageVerified,
    complianceByAgreement,
    books,
    creditLimits,
    timeZone,
    collectShortfall,
  } = given;
  return {
    ...(name !== undefined && { name }),
    ...(status !== undefined && { status: ACCOUNT_STATUS[status] ?? 'ACTIVE' }),
    ...(plan !== undefined && { plan: plan === '' ? null : plan }),
    ...(planUntilAtMs !== undefined && { planUntil: planUntilAtMs === 0 ? null : planUntilAtMs }),
    ...(ageVerified !== undefined && { ageVerified }),
    ...(complianceByAgreement !== undefined && { complianceByAgreement }),
    ...(books && { books: readBooks(books, `${path}books`) }),
    ...(creditLimits && { creditLimits: readAmounts(creditLimits.byAsset ?? {}, `${path}credit_limits`) }),
    ...(timeZone !== undefined && { timeZone }),
    ...(collectShortfall !== undefined && { collectShortfall }),
  };
}

/** All settings of a new account: what the message gives, and defaults for the rest. */
export function readNewSettings(
  message: object | undefined,
  defaultBooks: () => Readonly<Record<string, string>>,
): AccountSettings {
  const given = readSettings(message, 'settings.');
  if (given.name === undefined) throw invalid('settings.name', '1 to 200 characters');
  return {
    name: given.name,
    status: 'ACTIVE',
    plan: null,
    planUntil: null,
    ageVerified: false,
    complianceByAgreement: false,
    books: given.books ?? defaultBooks(),
    creditLimits: {},
    timeZone: 'UTC',
    collectShortfall: true,
    ...given,
  };
}

/** The settings to change: at least one. */
export function readChangedSettings(message: object | undefined): Partial<AccountSettings> {
  const given = readSettings(message, 'set.');
  if (isEmpty(given)) throw invalid('set', 'at least one setting');
  return given;
}

function readBooks({ byAsset }: ByAsset, field: string): Record<string, string> {
  const books: Record<string, string> = {};
  for (const [code, name] of Object.entries(byAsset ?? {})) {
    const asset = readAsset(code, field);
    if (name.length === 0 || name.length > BOOK_NAME_MAX)
      throw invalid(`${field}.${asset.code}`, 'the name of a price book');
    books[asset.code] = name;
  }
  return books;
}

/** Settings as the message AccountSettings. */
export function settingsMessage(settings: AccountSettings): object {
  const { plan, planUntil, books, creditLimits, status, ...same } = settings;
  return {
    ...same,
    status: wireName(ACCOUNT_STATUS, status),
    plan: plan ?? '',
    books: { byAsset: books },
    creditLimits: { byAsset: creditLimits },
    ...(planUntil !== null && { planUntilAtMs: planUntil }),
  };
}
