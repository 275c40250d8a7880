/** How far the work has come. */
export interface VerifyProgress {
  readonly type: 'progress';
  /** What is being checked, for a person. */
  readonly step: string;
  /** Journal rows that are done, of all. */
  readonly done: number;
  readonly total: number;
}

/** A row that breaks a rule. */
export interface VerifyFinding {
  readonly type: 'finding';
  readonly rule: Rule;
  /** For a person: what was expected, and what is there. */
  readonly message: string;
  /** Where: `bucket`, `position`, `account`, `command`, `pocket`, … as far as it is known. */
  readonly at: Readonly<Record<string, string>>;
}

/** Always the last event. */
export interface VerifySummary {
  readonly type: 'summary';
  /** True where everything was checked and nothing was found. */
  readonly ok: boolean;
  /** How many rows broke a rule. Of one rule only the first are told one by one. */
  readonly findings: number;
  /** How many rows of each kind were checked. */
  readonly checked: Readonly<Record<string, number>>;
  /** False where the work stopped early because there were too many findings. */
  readonly complete: boolean;
  readonly elapsedMs: number;
}

export type VerifyEvent = VerifyProgress | VerifyFinding | VerifySummary;

/** Every rule that the books are held to. The names are stable; each sentence says what holds while it is kept. */
export const RULES = {
  buckets:
    'buckets are numbered from 0 without gaps, each has at least one, and every account is in the bucket of its id',
  positions: 'the positions of a bucket are 1, 2, 3 … without gaps or repeats, up to the position of the bucket',
  moments: 'moments never go back along a log, and the last is not after that of the bucket',
  partitions: 'every id lies within the bounds of the partition that it is in',
  'journal-unique': 'an id is recorded once, and once more for the one end of its reservation',
  'order-of-ends': 'what ends a reservation comes after its Reserve',
  'transfer-shape': 'a transfer moves more than nothing, between two different ledger accounts, in its numbered place',
  'transfer-row': 'every transfer belongs to a journal row, of the same account and command',
  'transfer-accounts':
    'a transfer moves money as its kind says, between the platform and a pocket of the account, in the asset of the pocket',
  'pocket-balance': 'the balance of a pocket is the sum of its transfers',
  'pocket-held': 'what a pocket holds is what open reservations hold of it',
  'pocket-limits': 'a pocket holds no more than it has, and only a credit line is below zero',
  'reservation-hold': 'a reservation holds what its parts say, and nothing once it expired',
  'reservation-open': 'an open reservation was made and has not ended',
  revenue: 'what was charged less what was refunded is the revenue of the account',
  shortfall: 'what charges leave uncollected is what the shortfall account carries of the account',
  rules: 'every row was decided by rules that are known here',
  prices: 'every price version that was used is there, and of the book that it was used for',
  due: 'what was due was carried out before anything else, and nothing that was not due',
  replay: 'deciding a row again on the books before it gives the same outcome and the same transfers',
  'state-account': 'accounts are as the journal left them',
  'state-key': 'keys are as the journal left them',
  'state-pocket': 'pockets are as the journal left them',
  'state-reservation': 'open reservations are as the journal left them',
  'state-charge': 'charges with shortfall or refunds are as the journal left them',
  'state-reference': 'references of funds are as the journal left them',
  'key-directory': 'the directory of keys names the account that a key belongs to',
  'reference-claims': 'a reference was funded by no other account than the one that claimed it',
  'usage-cursor': 'the usage follower has not read further than its bucket goes',
  'usage-records': 'usage records are what the journal says, up to the cursor',
  'usage-sums': 'sums of usage are those of the usage records',
  'trial-balance': 'debits and credits are equal in every asset',
} as const;

export type Rule = keyof typeof RULES;
