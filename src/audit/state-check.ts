import { bucketOf } from '../core/ledger/ids.js';
import { sumShares } from '../core/ledger/pockets.js';
import { differenceOf } from './difference.js';
import type { Rule } from './events.js';
import type { Findings } from './findings.js';
import type { Replay } from './replay.js';
import type { ReplayBooks } from './replay-books.js';
import type { BucketState, Owned } from './state-rows.js';

/** Compares a bucket's tables with the books that the replay made, both ways. Accounts that it gave up are left out. */
export function checkState(bucket: number, state: BucketState, replay: Replay, findings: Findings): void {
  const compare = <T extends { readonly id: string }>(
    rule: Rule,
    name: string,
    rows: readonly Owned<T>[],
    ofBooks: (books: ReplayBooks) => Iterable<T>,
  ): void => {
    const stored = new Map(rows.map((owned) => [`${owned.accountId} ${owned.row.id}`, owned]));
    for (const books of replay.books.values()) {
      for (const expected of ofBooks(books)) {
        const key = `${books.accountId} ${expected.id}`;
        const found = stored.get(key);
        stored.delete(key);
        if (replay.broken.has(books.accountId)) continue;
        const at = { bucket, account: books.accountId, [name]: expected.id };
        if (!found) findings.add(rule, `the ${name} is missing`, at);
        else reportDifference(findings, rule, found.row, expected, at);
      }
    }
    for (const { accountId, row } of stored.values()) {
      if (!replay.broken.has(accountId))
        findings.add(rule, `the journal knows of no such ${name}`, { bucket, account: accountId, [name]: row.id });
    }
  };
  compare('state-account', 'account', state.accounts, ({ account }) => (account ? [account] : []));
  compare('state-key', 'key', state.keys, ({ keys }) => keys.values());
  compare('state-pocket', 'pocket', state.pockets, ({ pockets }) => pockets.values());
  compare('state-reservation', 'reservation', state.reservations, ({ reservations }) => reservations.values());
  compare('state-charge', 'charge', state.charges, ({ charges }) => charges.values());
  compare('state-reference', 'reference', state.references, ({ references }) =>
    [...references].map(([id, commandId]) => ({ id, commandId })),
  );
}

function reportDifference(
  findings: Findings,
  rule: Rule,
  found: object,
  expected: object,
  at: Record<string, string | number>,
): void {
  const difference = differenceOf(found, expected);
  if (difference !== undefined) findings.add(rule, `${difference} by the journal`, at);
}

/** Every account must be in the bucket of its id, or it would not be found any more. */
export function checkHomes(
  bucket: number,
  buckets: number,
  state: BucketState,
  replay: Replay,
  findings: Findings,
): void {
  const accounts = new Set([...state.accounts.map(({ accountId }) => accountId), ...replay.books.keys()]);
  for (const account of accounts) {
    const home = bucketOf(account, buckets);
    if (home !== bucket) findings.add('buckets', `the account belongs into bucket ${home}`, { bucket, account });
  }
}

/** Pockets against their transfers, against the holds of open reservations, and against their own limits. */
export function checkPockets(
  bucket: number,
  state: BucketState,
  movements: ReadonlyMap<string, bigint>,
  findings: Findings,
): void {
  const holds = new Map<string, bigint>();
  for (const { row } of state.reservations) {
    for (const { pocketId, amount } of row.holds) holds.set(pocketId, (holds.get(pocketId) ?? 0n) + amount);
  }
  for (const { accountId, row } of state.pockets) {
    const { id, kind, balance, held, creditLimit, closed } = row;
    const at = { bucket, account: accountId, pocket: id };
    const moved = movements.get(id) ?? 0n;
    if (balance !== moved)
      findings.add('pocket-balance', `the balance is ${balance}, the transfers come to ${moved}`, at);
    const holding = holds.get(id) ?? 0n;
    if (held !== holding) findings.add('pocket-held', `${held} is held, open reservations hold ${holding}`, at);
    const signed = kind === 'credit' ? balance <= 0n && creditLimit >= 0n : balance >= 0n && creditLimit === 0n;
    if (!signed || held < 0n || held > balance + creditLimit || (closed && (balance !== 0n || held !== 0n))) {
      findings.add(
        'pocket-limits',
        `a ${kind} pocket with balance ${balance}, limit ${creditLimit}, ${held} held, closed ${closed}`,
        at,
      );
    }
  }
}

export function checkReservations(bucket: number, state: BucketState, findings: Findings): void {
  for (const { accountId, row, hold } of state.reservations) {
    const parts = sumShares(row.holds);
    if (hold === parts && (row.status === 'HELD' || hold === 0n)) continue;
    const at = { bucket, account: accountId, reservation: row.id };
    findings.add('reservation-hold', `${row.status} with a hold of ${hold}, its parts come to ${parts}`, at);
  }
}
