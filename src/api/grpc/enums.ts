import type { PocketKind } from '../../core/ledger/books.js';
import type { AccountStatus, ContentTier, KeyScope } from '../../core/ledger/commands.js';
import type { UsageGrouping } from '../../usage/usage-query.js';

/*
 * How the enums of proto/ name what the ledger names otherwise. A value that a sender made up is not in the table.
 */

export const ACCOUNT_STATUS: Readonly<Record<string, AccountStatus>> = {
  ACCOUNT_STATUS_ACTIVE: 'ACTIVE',
  ACCOUNT_STATUS_SUSPENDED: 'SUSPENDED',
  ACCOUNT_STATUS_CLOSED: 'CLOSED',
};

export const KEY_SCOPE: Readonly<Record<string, KeyScope>> = {
  KEY_SCOPE_INFERENCE: 'inference',
  KEY_SCOPE_ADMIN: 'admin',
};

export const CONTENT_TIER: Readonly<Record<string, ContentTier>> = {
  CONTENT_TIER_SFW: 'sfw',
  CONTENT_TIER_UNCENSORED: 'uncensored',
};

export const POCKET_KIND: Readonly<Record<string, PocketKind>> = {
  POCKET_KIND_PAID: 'paid',
  POCKET_KIND_GRANT: 'grant',
  POCKET_KIND_CREDIT: 'credit',
};

export const USAGE_GROUP: Readonly<Record<string, UsageGrouping>> = {
  USAGE_GROUP_KEY: 'key',
  USAGE_GROUP_MODEL: 'model',
  USAGE_GROUP_HOUR: 'hour',
  USAGE_GROUP_DAY: 'day',
  USAGE_GROUP_MONTH: 'month',
};

/** The wire's name of a value. */
export function wireName<T extends string>(table: Readonly<Record<string, T>>, value: T): string {
  for (const [name, known] of Object.entries(table)) if (known === value) return name;
  throw new Error(`no name on the wire for ${value}`);
}
