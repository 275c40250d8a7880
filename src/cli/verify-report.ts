import type { VerifyFinding, VerifyProgress, VerifySummary } from '../audit/events.js';
import type { TrialBalance } from '../audit/trial-balance.js';

export function progressLine({ step, done, total }: VerifyProgress): string {
  const part = total > 0 ? ` · ${Math.floor((done / total) * 100)} % of ${count(total)} journal rows` : '';
  return `verify: ${step}${part}`;
}

export function findingLine({ rule, message, at }: VerifyFinding): string {
  const place = Object.entries(at).map(([name, value]) => `${name} ${value}`);
  return `${rule}: ${message}${place.length > 0 ? ` (${place.join(', ')})` : ''}`;
}

/** `verify: ok`, or how many findings; then what was checked. */
export function summaryLines({ ok, findings, checked, complete, elapsedMs }: VerifySummary): string[] {
  const kinds = Object.entries(checked).map(([kind, rows]) => `${count(rows)} ${kind.replaceAll('_', ' ')}`);
  const verdict = ok ? 'ok' : `${count(findings)} ${findings === 1 ? 'finding' : 'findings'}`;
  const end = complete ? '' : '; stopped early, there may be more';
  return [`verify: ${verdict}${end}`, `checked in ${(elapsedMs / 1000).toFixed(1)} s: ${kinds.join(', ')}`];
}

/** The trial balance as columns. */
export function trialBalanceLines({ rows, balanced }: TrialBalance): string[] {
  const table = [
    ['asset', 'account', 'debits', 'credits', 'balance'],
    ...rows.map(({ asset, account, debits, credits, balance }) => [asset, account, debits, credits, balance]),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((text, column) => (column < 2 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, balanced ? 'debits and credits are equal' : 'debits and credits differ: run tollgate verify'];
}

function count(value: number): string {
  return value.toLocaleString('en');
}
