import type { AccountBooks, Statement, TrialBalance, Verification } from './books.js';
import { fixed, USD_DIGITS, usd } from './decimal.js';
import type { MetRefusal } from './desk.js';
import type { Latencies } from './latencies.js';
import type { UsageRow } from './messages.js';
import type { Course } from './scenarios/courses.js';
import { grouped, table } from './table.js';

const LAST_LINES = 8;
const TOP_MODELS = 10;

/** An amount with all its places, so that a column of them is aligned at the point. */
function money(text: string | undefined): string {
  const [whole = '0', fraction] = fixed(usd(text), USD_DIGITS).split('.');
  const negative = whole.startsWith('-');
  return `${negative ? '-' : ''}${grouped(BigInt(negative ? whole.slice(1) : whole))}.${fraction}`;
}

function moment(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 23);
}

export function courseReport(courses: readonly Course[]): string {
  return section(
    'What became of single reservations (USD)',
    table(
      [{ title: 'course' }, { title: 'held', figures: true }, { title: 'charged', figures: true }, { title: '' }],
      courses.map(({ what, held, charged, note }) => [what, held, charged, note]),
    ),
  );
}

export function refusalReport(refusals: readonly MetRefusal[]): string {
  return section(
    `Refusals met, ${refusals.length} of them, each with the code it must have`,
    table(
      [{ title: 'tried' }, { title: 'code' }, { title: 'says' }],
      refusals.map(({ tried, code, detail }) => [tried, code, detail]),
    ),
  );
}

export function speedReport(latencies: Latencies, seconds: number, inFlight: number): string {
  const rows = latencies.summary().sort((a, b) => b.count - a.count);
  const ms = (value: number) => value.toFixed(1);
  const speed = grouped(Math.round(latencies.count / seconds));
  return section(
    `Throughput: ${grouped(latencies.count)} commands in ${seconds.toFixed(2)} s, ${speed} a second, ${inFlight} requests in flight`,
    table(
      [{ title: 'command' }, ...['count', 'p50 ms', 'p99 ms', 'max ms'].map((title) => ({ title, figures: true }))],
      rows.map(({ kind, count, p50, p99, max }) => [kind, grouped(count), ms(p50), ms(p99), ms(max)]),
    ),
  );
}

export function statementReport(name: string, statement: Statement): string {
  const last = statement.lines.slice(-LAST_LINES);
  const rows = [
    ['', 'opening', '', '', money(statement.opening)],
    ...statement.totals.map(({ kind, amount, count }) => [
      '',
      `${kind}, ${grouped(count)} in all`,
      '',
      money(amount),
      '',
    ]),
    ['', `... and at the end of its ${grouped(statement.lines.length)} lines:`, '', '', ''],
    ...last.map(({ atMs, kind, model, note, amount, balance }) => [
      moment(atMs),
      kind,
      model || note || '',
      money(amount),
      money(balance),
    ]),
    ['', 'closing', '', '', money(statement.closing)],
  ];
  const columns = [
    { title: 'time UTC' },
    { title: 'movement' },
    { title: 'for' },
    { title: 'amount', figures: true },
    { title: 'balance', figures: true },
  ];
  return section(`Statement of ${name} (USD)`, table(columns, rows));
}

export function balanceReport(name: string, { balance }: AccountBooks): string {
  const { available, held, shortfall } = balance;
  return `  ${name} may spend ${money(available)}; ${money(held)} is held by open reservations; shortfall ${money(shortfall)}\n`;
}

export function keyReport(rows: readonly UsageRow[], nameOf: (keyId: string) => string): string {
  const sorted = [...rows].sort((a, b) => compare(usd(b.amount), usd(a.amount)));
  return section(
    'Usage by key (USD)',
    usageTable(
      'key',
      sorted.map((row) => [nameOf(row.keyId ?? ''), row]),
    ),
  );
}

export function modelReport(rows: readonly UsageRow[]): string {
  const sorted = [...rows].sort((a, b) => compare(usd(b.amount), usd(a.amount)));
  const top = sorted.slice(0, TOP_MODELS).map((row): [string, UsageRow] => [row.model ?? '', row]);
  const rest = sorted.slice(TOP_MODELS);
  const named: [string, UsageRow][] = rest.length > 0 ? [...top, [`${rest.length} more models`, sumOf(rest)]] : top;
  return section(`Usage by model, the ${top.length} dearest of ${rows.length} (USD)`, usageTable('model', named));
}

export function trialReport(trial: TrialBalance): string {
  const columns = [
    { title: 'account' },
    { title: 'asset' },
    ...['debits', 'credits', 'balance'].map((title) => ({ title, figures: true })),
  ];
  const rows = trial.rows.map(({ account, asset, debits, credits, balance }) => [
    account,
    asset,
    money(debits),
    money(credits),
    money(balance),
  ]);
  const verdict = trial.balanced ? 'debits and credits are equal' : 'DEBITS AND CREDITS DIFFER';
  return `${section('Trial balance', table(columns, rows))}  ${verdict}\n`;
}

export function verifyReport({ ok, findings, checked, elapsedMs }: Verification): string {
  const things = Object.entries(checked).map(([what, count]) => `${grouped(count)} ${what.replaceAll('_', ' ')}`);
  const head = `verify: ${ok ? 'ok' : 'BROKEN'}, in ${(elapsedMs / 1000).toFixed(2)} s\n  checked ${things.join(', ')}\n`;
  return head + findings.map((finding) => `  ${finding}\n`).join('');
}

function usageTable(what: string, rows: readonly (readonly [string, UsageRow])[]): string {
  return table(
    [
      { title: what },
      ...['requests', 'charged', 'given back', 'upstream cost'].map((title) => ({ title, figures: true })),
    ],
    rows.map(([name, { requests, amount, refunded, cost }]) => [
      name,
      grouped(requests ?? 0),
      money(amount),
      money(refunded),
      money(cost),
    ]),
  );
}

function sumOf(rows: readonly UsageRow[]): UsageRow {
  const sum = (of: (row: UsageRow) => string | undefined) =>
    fixed(
      rows.reduce((total, row) => total + usd(of(row)), 0n),
      USD_DIGITS,
    );
  return {
    asset: 'USD',
    requests: rows.reduce((total, { requests }) => total + (requests ?? 0), 0),
    amount: sum(({ amount }) => amount),
    refunded: sum(({ refunded }) => refunded),
    cost: sum(({ cost }) => cost),
  };
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function section(title: string, body: string): string {
  return `\n${title}\n\n${body}\n`;
}
