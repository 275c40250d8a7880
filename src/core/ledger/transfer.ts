/** The operator's ledger accounts, as migration 0001 names them. */
export const PLATFORM = {
  custody: '00000000-0000-7000-8000-000000000001',
  revenue: '00000000-0000-7000-8000-000000000002',
  promotions: '00000000-0000-7000-8000-000000000003',
  breakage: '00000000-0000-7000-8000-000000000004',
  shortfall: '00000000-0000-7000-8000-000000000005',
  adjustments: '00000000-0000-7000-8000-000000000006',
} as const;

export type PlatformAccount = keyof typeof PLATFORM;

export type TransferKind =
  | 'deposit'
  | 'grant'
  | 'settle'
  | 'refund'
  | 'expiry'
  | 'shortfall'
  | 'collected'
  | 'reversed'
  | 'adjustment';

/** One positive amount from one ledger account (debit) to another (credit). */
export interface Transfer {
  readonly kind: TransferKind;
  readonly debit: string;
  readonly credit: string;
  readonly asset: string;
  readonly amount: bigint;
}

/** Money that comes into a pocket: from which platform account, for each kind. */
export const INTO_POCKET = {
  deposit: PLATFORM.custody,
  grant: PLATFORM.promotions,
  refund: PLATFORM.revenue,
  adjustment: PLATFORM.adjustments,
} as const;

/** Money that leaves a pocket: to which platform account, for each kind. */
export const OUT_OF_POCKET = {
  settle: PLATFORM.revenue,
  expiry: PLATFORM.breakage,
  collected: PLATFORM.shortfall,
  adjustment: PLATFORM.adjustments,
} as const;
