import type pg from 'pg';
import type { Account, ChargeBooks, Key, Pocket, Reservation } from '../core/ledger/books.js';
import {
  type AccountRow,
  type ChargeRow,
  type KeyRow,
  MADE_BY,
  MADE_COLUMNS,
  type ReservationRow,
  readAccount,
  readCharge,
  readKey,
  readReservation,
} from '../ledger/rows.js';

/** A row of a state table, with the account that it belongs to. */
export interface Owned<T> {
  readonly accountId: string;
  readonly row: T;
}

/** What the tables say of a bucket's accounts. It is about as large as what is open, and is in memory a bucket at a time. */
export interface BucketState {
  readonly accounts: readonly Owned<Account>[];
  readonly keys: readonly Owned<Key>[];
  readonly pockets: readonly Owned<Pocket>[];
  /** With what the row itself says is held, beside its parts. */
  readonly reservations: readonly (Owned<Reservation> & { readonly hold: bigint })[];
  readonly charges: readonly Owned<ChargeBooks>[];
  readonly references: readonly Owned<{ readonly id: string; readonly commandId: string }>[];
}

const MS = (column: string) => `(extract(epoch FROM ${column}) * 1000)::bigint AS ${column}`;

export async function readState(client: pg.ClientBase, bucket: number): Promise<BucketState> {
  const read = async <R extends pg.QueryResultRow>(columns: string, table: string): Promise<R[]> =>
    (await client.query<R>(`SELECT ${columns} FROM ${table} WHERE bucket = $1`, [bucket])).rows;
  const accounts = await read<AccountRow>(`id, settings, ${MS('opened_at')}`, 'account');
  const keys = await read<KeyRow>(
    `account_id, id, label, scope, tier, models, ${MS('expires_at')}, ${MS('revoked_at')}, ${MS('minted_at')}`,
    'key',
  );
  const pockets = await read<StoredPocket>(
    `account_id, id, asset, kind, balance, held, credit_limit, ${MS('expires_at')}, priority, ${MS('opened_at')}, closed`,
    'pocket',
  );
  const { rows: reservations } = await client.query<ReservationRow & { hold: string }>(
    `SELECT r.account_id, r.id, r.status, (extract(epoch FROM r.expires_at) * 1000)::bigint AS expires_at,
            r.asset, r.hold, r.charged, r.body, ${MADE_COLUMNS}
     FROM reservation r ${MADE_BY} WHERE r.bucket = $1`,
    [bucket],
  );
  const charges = await read<ChargeRow>(
    `account_id, id, asset, ${MS('opened_at')}, uncollected, refunded, body`,
    'charge',
  );
  const references = await read<{ account_id: string; reference: string; command_id: string }>(
    'account_id, reference, command_id',
    'fund_reference',
  );
  return {
    accounts: accounts.map((row) => ({ accountId: row.id, row: readAccount(row) })),
    keys: keys.map((row) => ({ accountId: row.account_id, row: readKey(row) })),
    pockets: pockets.map((row) => ({ accountId: row.account_id, row: readStoredPocket(row) })),
    reservations: reservations.map((row) => ({
      accountId: row.account_id,
      row: readReservation(row),
      hold: BigInt(row.hold),
    })),
    charges: charges.map((row) => ({ accountId: row.account_id, row: readCharge(row) })),
    references: references.map((row) => ({
      accountId: row.account_id,
      row: { id: row.reference, commandId: row.command_id },
    })),
  };
}

interface StoredPocket {
  readonly account_id: string;
  readonly id: string;
  readonly asset: string;
  readonly kind: Pocket['kind'];
  readonly balance: string;
  readonly held: string;
  readonly credit_limit: string;
  readonly expires_at: string | null;
  readonly priority: number;
  readonly opened_at: string;
  readonly closed: boolean;
}

/** The engine reads open pockets only; here closed ones count too. */
function readStoredPocket(row: StoredPocket): Pocket {
  return {
    id: row.id,
    asset: row.asset,
    kind: row.kind,
    balance: BigInt(row.balance),
    held: BigInt(row.held),
    creditLimit: BigInt(row.credit_limit),
    expiresAt: row.expires_at === null ? null : Number(row.expires_at),
    priority: row.priority,
    openedAt: Number(row.opened_at),
    closed: row.closed,
  };
}
