import pg from 'pg';
import { bucketOf } from '../../src/core/ledger/ids.js';
import { JournalReader } from '../../src/journal/journal-reader.js';
import { UsageFollower } from '../../src/usage/usage-follower.js';
import { type Customer, openCustomer, reserveUnits, settleUnits, succeed } from '../engine/scenario.js';
import { fillBooks, passTime } from '../followers/books.js';
import { lag, until } from '../followers/handled.js';
import { TABLE_BOOK } from '../outcomes/table.js';
import { asOwner } from '../support/databases.js';
import { type EngineFixture, startEngine } from '../support/engine.js';
import { newId } from '../support/ids.js';

/** What the corruptions are done to: an account with something of every kind. */
export interface Victim extends Customer {
  readonly bucket: number;
  /** Settled in full, and refunded in part. */
  readonly settled: string;
  /** Held, and charged in part. */
  readonly held: string;
  /** Expired, and not settled. */
  readonly expired: string;
  /** Left shortfall behind. */
  readonly charged: string;
  readonly revokedKey: string;
  /** Released before anybody knew of it. */
  readonly released: string;
  /** Another account. */
  readonly stranger: Customer;
}

/** Right books, kept as a database that nobody is connected to, so that it can be copied. */
export interface GoldenBooks {
  readonly victim: Victim;
  /** Copies the books, lets the work break and check the copy, and drops it. */
  withCopy<T>(work: (copy: { readonly owner: pg.Client; readonly url: string }) => Promise<T>): Promise<T>;
  drop(): Promise<void>;
}

export async function makeGoldenBooks(): Promise<GoldenBooks> {
  const engine = await startEngine({ book: TABLE_BOOK, buckets: 2 });
  await fillBooks(engine, 41, 4, 60);
  const victim = await makeVictim(engine);
  const follower = new UsageFollower(engine.database, new JournalReader(engine.database));
  follower.start();
  await until(async () => (await lag(engine.owner, 'usage')) === 0);
  await follower.stop();
  // A tail that the follower has not read.
  await succeed(engine.ledger, {
    type: 'Adjust',
    id: newId(),
    accountId: victim.accountId,
    asset: 'USD',
    amount: '1',
    reason: 'tail',
  });
  await engine.ledger.drain();
  engine.prices.stop();
  await engine.database.close();
  await engine.owner.end();
  return golden(engine.url, victim);
}

async function makeVictim(engine: EngineFixture): Promise<Victim> {
  const { ledger } = engine;
  const stranger = await openCustomer(ledger, '10');
  const customer = await openCustomer(ledger, '10');
  const { accountId, keyId } = customer;
  await succeed(ledger, { type: 'UpdateAccount', id: newId(), accountId, set: { collectShortfall: false } });
  const revoked = newId();
  await succeed(ledger, {
    type: 'MintKey',
    id: revoked,
    accountId,
    label: 'old',
    scope: 'inference',
    tier: 'sfw',
    models: ['unit'],
    expiresAt: null,
  });
  const { rows } = await engine.owner.query<{ id: string }>('SELECT id FROM key WHERE account_id = $1 AND id <> $2', [
    accountId,
    keyId,
  ]);
  const revokedKey = rows[0]?.id ?? '';
  await succeed(ledger, { type: 'RevokeKey', id: newId(), accountId, keyId: revokedKey });
  await succeed(ledger, {
    type: 'Grant',
    id: newId(),
    accountId,
    asset: 'USD',
    amount: '3',
    expiresAt: null,
    priority: 1,
    reason: 'welcome',
  });
  const settled = reserveUnits(customer, '4');
  const held = reserveUnits(customer, '2');
  const expired = reserveUnits(customer, '1', newId(), 60_000);
  for (const reservation of [settled, held, expired]) await succeed(ledger, reservation);
  await succeed(ledger, settleUnits(customer, settled.id, '4'));
  await succeed(ledger, {
    type: 'Settle',
    id: newId(),
    accountId,
    reservationId: held.id,
    final: false,
    candidate: 0,
    usage: { units: '1' },
  });
  const released = newId();
  await succeed(ledger, { type: 'Release', id: released, accountId, reservationId: released });
  await passTime(engine, 120_000);
  const charged = newId();
  await succeed(ledger, {
    type: 'Charge',
    id: charged,
    accountId,
    keyId,
    model: 'unit',
    usage: { units: '20' },
    dimensions: {},
    incurred: true,
  });
  await succeed(ledger, {
    type: 'Refund',
    id: newId(),
    accountId,
    chargeId: settled.id,
    amount: '0.5',
    reason: 'sorry',
  });
  await succeed(ledger, { type: 'Fund', id: newId(), accountId, asset: 'USD', amount: '5', reference: 'late payment' });
  const bucket = bucketOf(accountId, ledger.buckets);
  return {
    ...customer,
    bucket,
    settled: settled.id,
    held: held.id,
    expired: expired.id,
    charged,
    revokedKey,
    released,
    stranger,
  };
}

function golden(serviceUrl: string, victim: Victim): GoldenBooks {
  const cluster = process.env['TOLLGATE_TEST_CLUSTER_URL'] ?? '';
  const name = new URL(serviceUrl).pathname.slice(1);
  const drop = (database: string) =>
    asOwner(cluster, (client) => client.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`));
  let copies = 0;
  return {
    victim,
    withCopy: async (work) => {
      copies += 1;
      const copy = `${name}_${copies}`;
      await asOwner(cluster, async (client) => {
        await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
        await client.query(`CREATE DATABASE ${copy} TEMPLATE ${name}`);
      });
      try {
        return await asOwner(inDatabase(cluster, copy), (owner) => work({ owner, url: inDatabase(serviceUrl, copy) }));
      } finally {
        await drop(copy);
      }
    },
    drop: async () => {
      await drop(name);
    },
  };
}

function inDatabase(url: string, name: string): string {
  const result = new URL(url);
  result.pathname = `/${name}`;
  return result.href;
}
