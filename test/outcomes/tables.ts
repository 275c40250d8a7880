import { ACCOUNT_TABLES, KEY_TABLES } from './accounts.table.js';
import { MONEY_TABLES } from './money.table.js';
import { REFUND_TABLES } from './refunds.table.js';
import { CHARGE_TABLES, RELEASE_TABLES, RESERVE_TABLES, SETTLE_TABLES } from './reservations.table.js';
import type { Table } from './table.js';

/** All outcome tables. */
export const TABLES: readonly Table[] = [
  ...ACCOUNT_TABLES,
  ...KEY_TABLES,
  ...MONEY_TABLES,
  ...RESERVE_TABLES,
  ...SETTLE_TABLES,
  ...RELEASE_TABLES,
  ...CHARGE_TABLES,
  ...REFUND_TABLES,
];
