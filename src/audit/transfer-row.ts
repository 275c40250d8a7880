/** A transfer as it is stored. */
export interface TransferRow {
  readonly partition: string;
  readonly position: string;
  readonly line: number;
  readonly account_id: string;
  readonly command_id: string;
  readonly kind: string;
  readonly debit: string;
  readonly credit: string;
  readonly asset: string;
  readonly amount: string;
}

export const TRANSFER_COLUMNS =
  'tableoid::text AS partition, position, line, account_id, command_id, kind, debit, credit, asset, amount';
