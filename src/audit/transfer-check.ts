import { INTO_POCKET, OUT_OF_POCKET, PLATFORM } from '../core/ledger/transfer.js';
import type { JournalEntry } from '../journal/journal-entry.js';
import type { Findings } from './findings.js';
import type { TransferRow } from './transfer-row.js';

/** A pocket as far as transfers must fit it. */
export interface PocketPlace {
  readonly accountId: string;
  readonly asset: string;
}

/** Checks a bucket's transfers one by one, and sums up what they moved. */
export class TransferCheck {
  /** By pocket: what came in less what went out. */
  readonly movements = new Map<string, bigint>();

  constructor(
    private readonly bucket: number,
    private readonly pockets: ReadonlyMap<string, PocketPlace>,
    private readonly findings: Findings,
  ) {}

  /** A row's transfers, in the order of their lines. */
  takeAll(entry: JournalEntry, transfers: readonly TransferRow[]): void {
    for (const [index, transfer] of transfers.entries()) {
      this.take(transfer);
      const at = this.at(transfer);
      if (transfer.account_id !== entry.accountId || transfer.command_id !== entry.commandId) {
        this.findings.add(
          'transfer-row',
          `the journal has command ${entry.commandId} of account ${entry.accountId} there`,
          at,
        );
      }
      if (transfer.line !== index + 1) this.findings.add('transfer-shape', `expected line ${index + 1}`, at);
    }
  }

  takeOrphan(transfer: TransferRow): void {
    this.take(transfer);
    this.findings.add('transfer-row', 'the journal has no row there', this.at(transfer));
  }

  private take(transfer: TransferRow): void {
    const { debit, credit } = transfer;
    const amount = BigInt(transfer.amount);
    this.move(debit, -amount);
    this.move(credit, amount);
    if (amount <= 0n || debit === credit) {
      this.findings.add('transfer-shape', `it moves ${amount} from ${debit} to ${credit}`, this.at(transfer));
    }
    const wrong = wrongSide(transfer, this.pockets);
    if (wrong !== undefined) this.findings.add('transfer-accounts', wrong, this.at(transfer));
  }

  private move(id: string, amount: bigint): void {
    if (!PLATFORM_IDS.has(id)) this.movements.set(id, (this.movements.get(id) ?? 0n) + amount);
  }

  private at({ position, line, account_id, command_id }: TransferRow): Record<string, string | number> {
    return { bucket: this.bucket, position, line, account: account_id, command: command_id };
  }
}

const PLATFORM_IDS: ReadonlySet<string> = new Set(Object.values(PLATFORM));
/** Moves within the platform: nobody's pocket changes. */
const WITHIN: Readonly<Record<string, readonly [debit: string, credit: string]>> = {
  shortfall: [PLATFORM.shortfall, PLATFORM.revenue],
  reversed: [PLATFORM.revenue, PLATFORM.shortfall],
};
const INTO: Readonly<Record<string, string>> = INTO_POCKET;
const OUT_OF: Readonly<Record<string, string>> = OUT_OF_POCKET;

/** What is wrong with the two sides of a transfer of its kind; undefined where nothing is. */
function wrongSide(
  { kind, debit, credit, account_id, asset }: TransferRow,
  pockets: ReadonlyMap<string, PocketPlace>,
): string | undefined {
  const within = WITHIN[kind];
  if (within)
    return within[0] === debit && within[1] === credit ? undefined : `${kind} goes from ${within[0]} to ${within[1]}`;
  const pocketId = INTO[kind] === debit ? credit : OUT_OF[kind] === credit ? debit : undefined;
  if (pocketId === undefined) return `${kind} does not go from ${debit} to ${credit}`;
  const pocket = pockets.get(pocketId);
  if (!pocket || pocket.accountId !== account_id) return `${pocketId} is no pocket of the account`;
  return pocket.asset === asset ? undefined : `the pocket is in ${pocket.asset}, the transfer in ${asset}`;
}
