import type { Connection } from './connection.js';
import type { AssetBalance, StatementLine, StatementPart, TrialBalanceRow, UsageRow, VerifyPart } from './messages.js';

/** An account's statement, as it was streamed. */
export interface Statement {
  readonly opening: string;
  readonly lines: readonly StatementLine[];
  readonly closing: string;
  readonly totals: readonly { readonly kind: string; readonly amount: string; readonly count: number }[];
}

/** What the service says of one account. */
export interface AccountBooks {
  readonly balance: AssetBalance;
  readonly statement: Statement;
  readonly byKey: readonly UsageRow[];
  readonly byModel: readonly UsageRow[];
  readonly usageTotal: UsageRow | undefined;
}

export interface TrialBalance {
  readonly rows: readonly TrialBalanceRow[];
  readonly balanced: boolean;
}

export interface Verification {
  readonly ok: boolean;
  readonly findings: readonly string[];
  readonly checked: Readonly<Record<string, number>>;
  readonly elapsedMs: number;
}

const ASSET = 'USD';

/** Asks the service for everything that it says of an account. */
export async function readAccount(connection: Connection, accountId: string): Promise<AccountBooks> {
  const [balance, statement, byKey, byModel] = await Promise.all([
    readBalance(connection, accountId),
    readStatement(connection, accountId),
    readUsage(connection, accountId, 'USAGE_GROUP_KEY'),
    readUsage(connection, accountId, 'USAGE_GROUP_MODEL'),
  ]);
  return { balance, statement, byKey: byKey.rows, byModel: byModel.rows, usageTotal: byModel.totals[0] };
}

async function readBalance(connection: Connection, accountId: string): Promise<AssetBalance> {
  const { balances = [] } = await connection.must<{ balances?: AssetBalance[] }>('AccountService', 'GetBalance', {
    accountId,
  });
  const found = balances.find(({ asset }) => asset === ASSET);
  if (!found) throw new Error(`account ${accountId} has no balance in ${ASSET}`);
  return found;
}

async function readStatement(connection: Connection, accountId: string): Promise<Statement> {
  const lines: StatementLine[] = [];
  let opening = '';
  let closing = '';
  let totals: Statement['totals'] = [];
  for await (const part of connection.stream<StatementPart>('AccountService', 'Statement', {
    accountId,
    asset: ASSET,
  })) {
    if (part.line) lines.push(part.line);
    if (part.opening) opening = part.opening.byAsset?.[ASSET] ?? '0';
    if (part.closing) {
      closing = part.closing.byAsset?.[ASSET] ?? '0';
      totals = part.closing.totals ?? [];
    }
  }
  return { opening, lines, closing, totals };
}

async function readUsage(
  connection: Connection,
  accountId: string,
  group: string,
): Promise<{ rows: UsageRow[]; totals: UsageRow[] }> {
  const request = { accountId, groupBy: [group] };
  const { rows = [], totals = [] } = await connection.must<{ rows?: UsageRow[]; totals?: UsageRow[] }>(
    'UsageService',
    'Query',
    request,
  );
  return { rows, totals };
}

export async function readTrialBalance(connection: Connection): Promise<TrialBalance> {
  const { rows = [], balanced = false } = await connection.must<Partial<TrialBalance>>(
    'AuditService',
    'TrialBalance',
    {},
  );
  return { rows, balanced };
}

/** Has the whole ledger verified; `onProgress` is told how far it is. */
export async function verify(connection: Connection, onProgress: (text: string) => void): Promise<Verification> {
  const findings: string[] = [];
  for await (const { progress, finding, summary } of connection.stream<VerifyPart>('AuditService', 'Verify', {})) {
    if (progress) onProgress(`${progress.step}: ${progress.done ?? 0}${progress.total ? ` of ${progress.total}` : ''}`);
    if (finding) findings.push(`${finding.rule}: ${finding.message} ${JSON.stringify(finding.at ?? {})}`);
    if (summary)
      return { ok: summary.ok ?? false, findings, checked: summary.checked ?? {}, elapsedMs: summary.elapsedMs ?? 0 };
  }
  throw new Error('verify ended without a summary');
}
