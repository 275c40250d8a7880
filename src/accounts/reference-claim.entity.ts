import { EntitySchema } from 'typeorm';

/** Which account an outside reference belongs to: unique over the whole ledger. */
export interface ReferenceClaim {
  readonly reference: string;
  readonly accountId: string;
  readonly claimedAt: Date;
}

export const ReferenceClaimEntity = new EntitySchema<ReferenceClaim>({
  name: 'ReferenceClaim',
  tableName: 'reference_claim',
  columns: {
    reference: { type: 'text', primary: true },
    accountId: { name: 'account_id', type: 'uuid' },
    claimedAt: { name: 'claimed_at', type: 'timestamptz', createDate: true },
  },
});
