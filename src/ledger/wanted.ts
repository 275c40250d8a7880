import type { Command, Slot } from '../core/ledger/commands.js';

/** Ids of one kind that a batch needs, each with its bucket and account. */
export class Wanted {
  readonly buckets: number[] = [];
  readonly accountIds: string[] = [];
  readonly ids: string[] = [];
  private readonly seen = new Set<string>();

  add(bucket: number, accountId: string, id: string): void {
    const key = accountId + id;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.buckets.push(bucket);
    this.accountIds.push(accountId);
    this.ids.push(id);
  }

  get size(): number {
    return this.ids.length;
  }
}

/** Ids under which the journal may have rows, each with the first slot that matters. */
export class WantedRecords {
  readonly buckets: number[] = [];
  readonly accountIds: string[] = [];
  readonly ids: string[] = [];
  /** `cmd` asks for both slots, `end` for the end alone. */
  readonly from: Slot[] = [];
  private readonly seen = new Map<string, number>();

  add(bucket: number, accountId: string, id: string, from: Slot = 'cmd'): void {
    const key = accountId + id;
    const at = this.seen.get(key);
    if (at !== undefined) {
      if (from === 'cmd') this.from[at] = 'cmd';
      return;
    }
    this.seen.set(key, this.ids.length);
    this.buckets.push(bucket);
    this.accountIds.push(accountId);
    this.ids.push(id);
    this.from.push(from);
  }

  get size(): number {
    return this.ids.length;
  }
}

/** What a batch must know before it can be decided. */
export class BatchNeeds {
  /** Those of all that is needed: a database of many machines is asked by bucket. */
  readonly buckets = new Set<number>();
  readonly accounts = new Wanted();
  readonly keys = new Wanted();
  /** Command ids that may be in the journal already, or that a command refers to. */
  readonly recorded = new WantedRecords();
  readonly reservations = new Wanted();
  readonly charges = new Wanted();
  readonly references = new Wanted();
  /** Accounts of which every charge with unpaid shortfall is needed. */
  readonly shortfalls = new Wanted();
  /** Reservations of which the key is needed, though the command does not name it. */
  readonly keysOfReservations = new Wanted();
  readonly tokenIds = new Set<string>();
  /** Buckets of which the end of the log is not known. */
  readonly logs = new Set<number>();
  /** Buckets of which holds may be due that are not known. */
  readonly dues = new Set<number>();

  add(command: Command, bucket: number, tokenId: string | undefined): void {
    const { accountId } = command;
    this.buckets.add(bucket);
    this.accounts.add(bucket, accountId, accountId);
    if (tokenId !== undefined) this.tokenIds.add(tokenId);
    if (command.type === 'Expire') return;
    this.recorded.add(bucket, accountId, command.id, command.type === 'Settle' && command.final ? 'end' : 'cmd');
    switch (command.type) {
      case 'Reserve':
        this.keys.add(bucket, accountId, command.keyId);
        this.reservations.add(bucket, accountId, command.id);
        break;
      case 'Charge':
      case 'UpdateKey':
      case 'RevokeKey':
        this.keys.add(bucket, accountId, command.keyId);
        break;
      case 'Settle':
        this.recorded.add(bucket, accountId, command.reservationId, 'end');
        this.reservations.add(bucket, accountId, command.reservationId);
        break;
      case 'Release':
        this.recorded.add(bucket, accountId, command.reservationId);
        this.reservations.add(bucket, accountId, command.reservationId);
        break;
      case 'Extend':
        this.recorded.add(bucket, accountId, command.reservationId, 'end');
        this.reservations.add(bucket, accountId, command.reservationId);
        this.keysOfReservations.add(bucket, accountId, command.reservationId);
        break;
      case 'Refund':
        this.recorded.add(bucket, accountId, command.chargeId);
        this.reservations.add(bucket, accountId, command.chargeId);
        this.charges.add(bucket, accountId, command.chargeId);
        break;
      case 'Fund':
        this.references.add(bucket, accountId, command.reference);
        this.shortfalls.add(bucket, accountId, accountId);
        break;
      case 'OpenAccount':
      case 'UpdateAccount':
      case 'MintKey':
      case 'Grant':
      case 'Adjust':
        break;
      default:
        command satisfies never;
    }
  }
}
