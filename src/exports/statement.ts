/** What to state: everything of an account, or one asset, between two moments. */
export interface StatementQuery {
  readonly accountId: string;
  /** From this moment (inclusive) to that (exclusive), by the time of the booking. Default: from the beginning, to now. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly asset?: string | undefined;
}

/** The account's money at a moment: by asset, the sum of its pockets, the credit line included. Decimal strings. */
export interface StatementBalances {
  readonly at: number;
  readonly byAsset: Readonly<Record<string, string>>;
}

export interface StatementOpening extends StatementBalances {
  readonly type: 'opening';
}

/** One movement of the account's money. */
export interface StatementLine {
  readonly type: 'line';
  readonly at: number;
  readonly commandId: string;
  /** `Settle`, `Fund`, … */
  readonly commandType: string;
  /** deposit, grant, settle, refund, expiry, collected, adjustment. */
  readonly kind: string;
  readonly asset: string;
  /** Below `"0"` where money left the account. */
  readonly amount: string;
  readonly pocketId: string;
  /** The account's money in the asset after it. */
  readonly balance: string;
  /** What it was for, where it was usage. */
  readonly keyId?: string;
  readonly model?: string;
  /** The reference of a Fund; the reason of a Grant, Adjust or Refund. */
  readonly note?: string;
}

/** Sums over the statement's time. */
export interface StatementTotal {
  readonly asset: string;
  readonly kind: string;
  readonly amount: string;
  readonly count: number;
}

export interface StatementClosing extends StatementBalances {
  readonly type: 'closing';
  /** By asset, then kind. */
  readonly totals: readonly StatementTotal[];
}

/** First the opening, then the lines in the order of their booking, last the closing. */
export type StatementPart = StatementOpening | StatementLine | StatementClosing;

export interface Statement {
  readonly ok: true;
  readonly parts: AsyncGenerator<StatementPart>;
}
