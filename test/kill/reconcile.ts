import { expect } from '@jest/globals';
import type pg from 'pg';
import type { VerifyFinding } from '../../src/audit/events.js';
import { Verifier } from '../../src/audit/verifier.js';
import { formatAmount, parseSignedAmount } from '../../src/core/money/amount.js';
import { assetOf } from '../../src/core/money/asset.js';
import { Database } from '../../src/db/database.js';
import { brokenBooks } from '../engine/books-check.js';
import type { Message } from '../support/grpc-client.js';
import type { Gateway } from './gateway.js';
import type { ClientRecord, Entry } from './record.js';
import type { UnderLoad } from './under-load.js';

const USD = assetOf('USD');
/** What a request may be refused as; anything else was the crash's doing. */
const REFUSALS = ['INSUFFICIENT_BALANCE', 'REFUND_EXCEEDS_CHARGE'];
const TRANSIENT = ['lost', 'unknown', 'nothing'];

/** Holds the gateway's record against the books; needs a service that the gateway reaches. */
export async function reconcile({ gateway, owner, url, funds }: UnderLoad): Promise<void> {
  const { record } = gateway;
  const names = Object.keys(record.names());
  expect(names.filter((name) => ![...REFUSALS, ...TRANSIENT, 'ok'].includes(name))).toEqual([]);
  expect(await brokenBooks(owner)).toEqual([]);
  checkNothingMeansNothing(record);
  await checkReplays(gateway);
  await checkRefused(record, owner);
  await checkMoney(record, owner, funds);
  expect(await brokenBooks(owner)).toEqual([]);
  expect(await findings(url)).toEqual([]);
}

/** What `verify` finds, deciding the whole journal again. */
async function findings(url: string): Promise<VerifyFinding[]> {
  const database = new Database({ DATABASE_URL: url });
  const found: VerifyFinding[] = [];
  for await (const event of new Verifier(database).run()) if (event.type === 'finding') found.push(event);
  await database.close();
  return found;
}

/** Where every attempt before was told to have done nothing, the last one was the first to be carried out. */
function checkNothingMeansNothing(record: ClientRecord): void {
  for (const { entry, told } of record.carriedOut()) {
    const certain = entry.attempts.slice(0, -1).every((attempt) => attempt === 'nothing');
    if (certain) expect({ entry, replayed: told['replayed'] ?? false }).toEqual({ entry, replayed: false });
  }
}

/** Every answer is found in the books: sent again, the command has its first outcome, and is a repetition. */
async function checkReplays(gateway: Gateway): Promise<void> {
  const carried = gateway.record.carriedOut();
  await Promise.all(
    carried.map(async ({ entry, told }) => {
      const again = await gateway.send({ ...entry, attempts: [] });
      expect({ entry, again: again && firstOutcome(again), replayed: again?.['replayed'] }).toEqual({
        entry,
        again: firstOutcome(told),
        replayed: true,
      });
    }),
  );
}

/** An answer without what a repetition tells anew. */
function firstOutcome({ replayed: _replayed, status: _status, ...outcome }: Message): Message {
  return outcome;
}

/** Nothing is written for a refused command. */
async function checkRefused(record: ClientRecord, owner: pg.Pool): Promise<void> {
  const ids = record.refused().flatMap(({ message }) => (typeof message['id'] === 'string' ? [message['id']] : []));
  const { rows } = await owner.query('SELECT command_id FROM journal WHERE command_id = any($1)', [ids]);
  expect(rows).toEqual([]);
}

/** What each account has is what was paid in, less what the gateway was told to be charged, plus what was given back. */
async function checkMoney(record: ClientRecord, owner: pg.Pool, funded: string): Promise<void> {
  const expected = new Map<string, bigint>();
  for (const { accountId } of record.entries) expected.set(accountId, minor(funded));
  for (const { entry, told } of record.carriedOut()) {
    expected.set(entry.accountId, (expected.get(entry.accountId) ?? 0n) + effectOf(entry, told));
  }
  const { rows } = await owner.query<{ account_id: string; balance: string; held: string }>(
    'SELECT account_id, sum(balance)::text AS balance, sum(held)::text AS held FROM pocket GROUP BY account_id',
  );
  const told = [...expected].map(([accountId, balance]) => [accountId, formatAmount(balance, USD), '0']);
  const there = rows
    .filter(({ account_id }) => expected.has(account_id))
    .map(({ account_id, balance, held }) => [account_id, formatAmount(BigInt(balance), USD), held]);
  expect(new Set(there)).toEqual(new Set(told));
}

/** By how much an answer says that the account's money changed: what nobody could pay is not its money. */
function effectOf({ kind }: Entry, told: Message): bigint {
  if (kind === 'refund') return minor(told['amount']) - minor(told['shortfallReversed']);
  const charged = told['charged'] as Message | undefined;
  return charged ? minor(charged['shortfall']) - minor(charged['amount']) : 0n;
}

function minor(text: unknown): bigint {
  const parsed = parseSignedAmount(String(text ?? '0'), USD);
  if (!parsed.ok) throw new Error(`not an amount: ${text}`);
  return parsed.minor;
}
