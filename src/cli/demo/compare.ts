import type { Agreement } from './agreement.js';
import type { AccountBooks, Statement, TrialBalance } from './books.js';
import type { AccountEntry, ClientRecord } from './client-record.js';
import { quantityText, usd, usdText } from './decimal.js';
import type { UsageRow } from './messages.js';
import { figuresOf, noUsage, trialFigures, type UsageFigures, usageFigures } from './own-figures.js';

/** Compares everything that the service says of an account with the gateway's own record of it. */
export function compareAccount(agreement: Agreement, account: AccountEntry, books: AccountBooks, nowMs: number): void {
  const { name } = account;
  const { total, held, shortfall, movements } = figuresOf(account, nowMs);
  const { balance, statement } = books;
  agreement.same(`${name}: balance`, usdText(total), usdText(usd(balance.balance) - usd(balance.creditDrawn)));
  agreement.same(`${name}: held`, usdText(held), balance.held);
  const credit = usd(balance.creditLimit);
  agreement.same(`${name}: available`, usdText(total - held + credit), balance.available);
  agreement.same(`${name}: shortfall`, usdText(shortfall), balance.shortfall);
  agreement.same(`${name}: statement opens with`, '0', statement.opening);
  agreement.same(`${name}: statement closes with`, usdText(total), statement.closing);
  compareTotals(agreement, name, movements, statement);
  compareLines(agreement, account, statement);
  compareUsage(
    agreement,
    `${name}: key`,
    usageFigures(account, ({ keyId }) => keyId),
    books.byKey,
    ({ keyId }) => keyId,
  );
  compareUsage(
    agreement,
    `${name}: model`,
    usageFigures(account, ({ model }) => model),
    books.byModel,
    ({ model }) => model,
  );
  if (books.usageTotal)
    compareUsage(
      agreement,
      `${name}: all usage`,
      usageFigures(account, () => ''),
      [books.usageTotal],
      () => '',
    );
}

/** Compares the operator's accounts, which are the sums of all that happened on every account. */
export function compareTrialBalance(
  agreement: Agreement,
  record: ClientRecord,
  trial: TrialBalance,
  nowMs: number,
): void {
  agreement.same('trial balance: debits and credits are equal', true, trial.balanced);
  const expected = trialFigures(record, nowMs);
  const got = new Map(trial.rows.filter(({ asset }) => asset === 'USD').map((row) => [row.account, row]));
  let sum = 0n;
  for (const account of new Set([...expected.keys(), ...got.keys()])) {
    const row = got.get(account);
    agreement.same(`trial balance: ${account}`, usdText(expected.get(account) ?? 0n), row?.balance ?? '0');
    sum += usd(row?.balance);
  }
  agreement.same('trial balance: sum of all accounts', '0', usdText(sum));
}

function compareTotals(
  agreement: Agreement,
  name: string,
  movements: ReadonlyMap<string, bigint>,
  { totals }: Statement,
): void {
  const got = new Map(totals.map(({ kind, amount }) => [kind, amount]));
  for (const kind of new Set([...movements.keys(), ...got.keys()])) {
    agreement.same(`${name}: ${kind} on the statement`, usdText(movements.get(kind) ?? 0n), got.get(kind) ?? '0');
  }
}

/** Every command that moved money is on the statement with what it moved, and nothing else is, but expiry. */
function compareLines(agreement: Agreement, { name, movements }: AccountEntry, { lines }: Statement): void {
  const got = new Map<string, bigint>();
  let balance = 0n;
  for (const line of lines) {
    balance += usd(line.amount);
    agreement.same(`${name}: balance after ${line.commandType} ${line.commandId}`, usdText(balance), line.balance);
    if (line.kind !== 'expiry') got.set(line.commandId, (got.get(line.commandId) ?? 0n) + usd(line.amount));
  }
  for (const id of new Set([...movements.keys(), ...got.keys()])) {
    let expected = 0n;
    for (const amount of movements.get(id)?.values() ?? []) expected += amount;
    agreement.same(`${name}: statement of command ${id}`, usdText(expected), usdText(got.get(id) ?? 0n));
  }
}

function compareUsage(
  agreement: Agreement,
  what: string,
  expected: ReadonlyMap<string, UsageFigures>,
  rows: readonly UsageRow[],
  nameOf: (row: UsageRow) => string | undefined,
): void {
  const got = new Map(rows.map((row) => [nameOf(row) ?? '', row]));
  for (const name of new Set([...expected.keys(), ...got.keys()])) {
    const own = expected.get(name) ?? noUsage();
    const row = got.get(name);
    const of = `${what} ${name}`.trimEnd();
    agreement.same(`${of}: requests`, own.requests, row?.requests ?? 0);
    agreement.same(`${of}: amount`, usdText(own.amount), row?.amount ?? '0');
    agreement.same(`${of}: refunded`, usdText(own.refunded), row?.refunded ?? '0');
    agreement.same(`${of}: cost`, usdText(own.cost), row?.cost ?? '0');
    agreement.same(`${of}: shortfall`, usdText(own.shortfall), row?.shortfall ?? '0');
    agreement.same(`${of}: late`, own.late, row?.late ?? 0);
    agreement.same(`${of}: unpriced`, own.unpriced, row?.unpriced ?? 0);
    for (const meter of new Set([...own.usage.keys(), ...Object.keys(row?.usage ?? {})])) {
      agreement.same(`${of}: ${meter}`, quantityText(own.usage.get(meter) ?? 0n), row?.usage?.[meter] ?? '0');
    }
  }
}
