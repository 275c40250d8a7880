import type { AccountBooks } from '../../src/core/ledger/books.js';
import type { JournalRow } from '../../src/core/ledger/carry-out.js';
import { PLATFORM } from '../../src/core/ledger/transfer.js';
import { parseSignedAmount } from '../../src/core/money/amount.js';
import { assetOf } from '../../src/core/money/asset.js';

const USD = assetOf('USD');

function usd(text: string): bigint {
  const parsed = parseSignedAmount(text, USD);
  if (!parsed.ok) throw new Error(`not an amount: ${text}`);
  return parsed.minor;
}

/** What is wrong with the books of one account and the rows that made them; empty when nothing is. */
export function brokenInvariants(books: AccountBooks, rows: readonly JournalRow[]): string[] {
  return [...brokenPockets(books, rows), ...brokenReservations(rows), ...brokenCharges(books, rows)];
}

function brokenPockets(books: AccountBooks, rows: readonly JournalRow[]): string[] {
  const broken: string[] = [];
  const balances = new Map<string, bigint>();
  for (const { debit, credit, amount } of rows.flatMap((row) => row.changes.transfers)) {
    if (amount <= 0n || debit === credit) broken.push(`a transfer of ${amount} from ${debit} to ${credit}`);
    balances.set(debit, (balances.get(debit) ?? 0n) - amount);
    balances.set(credit, (balances.get(credit) ?? 0n) + amount);
  }
  const held = new Map<string, bigint>();
  for (const { holds } of books.reservations.values()) {
    for (const { pocketId, amount } of holds) held.set(pocketId, (held.get(pocketId) ?? 0n) + amount);
  }
  for (const pocket of books.pockets.values()) {
    if (pocket.balance !== (balances.get(pocket.id) ?? 0n))
      broken.push(`pocket ${pocket.id}: balance ${pocket.balance}, transfers ${balances.get(pocket.id)}`);
    if (pocket.held !== (held.get(pocket.id) ?? 0n))
      broken.push(`pocket ${pocket.id}: held ${pocket.held}, reservations ${held.get(pocket.id)}`);
    if (pocket.held < 0n || pocket.held > pocket.balance + pocket.creditLimit)
      broken.push(`pocket ${pocket.id}: held out of bounds`);
    if (pocket.kind === 'credit' ? pocket.balance > 0n : pocket.balance < 0n || pocket.creditLimit !== 0n)
      broken.push(`pocket ${pocket.id}: wrong sign`);
  }
  return broken;
}

function brokenReservations(rows: readonly JournalRow[]): string[] {
  const broken: string[] = [];
  const taken = new Set<string>();
  const reserved = new Set<string>();
  const ended = new Set<string>();
  for (const { slot, command, value } of rows) {
    const { id, type } = command;
    if (taken.has(`${slot} ${id}`)) broken.push(`two rows have the id ${id} in slot ${slot}`);
    taken.add(`${slot} ${id}`);
    if (type === 'Reserve') reserved.add(id);
    if (slot === 'end' && !reserved.has(id)) broken.push(`${type} ${id} ended what was not reserved before`);
    // A Release of an unknown id ends nothing, and is the end of that id all the same.
    if (slot !== 'end' && value.type !== 'released') continue;
    if (ended.has(id)) broken.push(`reservation ${id} ended twice`);
    ended.add(id);
  }
  return broken;
}

/** Charged = revenue; uncollected shortfall = what the platform's shortfall account still carries. */
function brokenCharges(books: AccountBooks, rows: readonly JournalRow[]): string[] {
  const transfers = rows.flatMap((row) => row.changes.transfers);
  const net = (id: string) =>
    transfers.reduce(
      (sum, { debit, credit, amount }) => sum + (credit === id ? amount : 0n) - (debit === id ? amount : 0n),
      0n,
    );
  let charged = 0n;
  for (const { value } of rows) {
    if (value.type === 'charged') charged += usd(value.amount);
    if (value.type === 'refunded') charged -= usd(value.amount);
  }
  const broken: string[] = [];
  if (charged !== net(PLATFORM.revenue)) broken.push(`charged ${charged}, revenue ${net(PLATFORM.revenue)}`);
  const uncollected = [...books.charges.values()].reduce((sum, charge) => sum + charge.uncollected, 0n);
  if (uncollected !== -net(PLATFORM.shortfall))
    broken.push(`uncollected ${uncollected}, shortfall ${-net(PLATFORM.shortfall)}`);
  return broken;
}
