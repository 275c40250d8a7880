import type pg from 'pg';
import { Database } from '#tollgate/db/database.js';
import { AccountState } from '#tollgate/ledger/state.js';
import type { AccountRange } from '../callers/jobs.js';
import { serveJobs } from '../serve-jobs.js';
import type { BenchAccount } from '../workload.js';
import type { Floored, FloorJob } from './jobs.js';
import { makeTemplates, type Templates } from './templates.js';
import { type FloorAccount, FloorWriter } from './writer.js';

/* The floor's process: how fast the same rows could be written, if nothing had to be decided. */

interface Floor {
  readonly connection: pg.Client;
  readonly templates: Templates;
  readonly accounts: readonly BenchAccount[];
  /** By where their accounts begin: what one leaves open it settles when it runs again. */
  readonly writers: Map<number, FloorWriter>;
}

let floor: Floor | undefined;
/** Shared by all writers, since they write to the same buckets. */
const logs = new Map<number, { position: number; head: string }>();

serveJobs<FloorJob>(async (job): Promise<Floored | true> => {
  if (job.job === 'connect') {
    const connection = await new Database({ DATABASE_URL: job.url }).openEngineConnection();
    const templates = await makeTemplates(job.url, job.accounts.slice(0, 1), connection);
    const { rows } = await connection.query<{ bucket: number; position: string; head: string }>(
      'SELECT bucket, position, head FROM bucket',
    );
    for (const { bucket, position, head } of rows) logs.set(bucket, { position: Number(position), head });
    floor = { connection, templates, accounts: job.accounts, writers: new Map() };
    return true;
  }
  if (!floor) throw new Error('not connected');
  const writer = await writerFor(floor, job.accounts, job.batchPairs);
  return writer.run(job.forMs);
});

async function writerFor(
  { connection, templates, accounts, writers }: Floor,
  [from, to]: AccountRange,
  batchPairs: number,
): Promise<FloorWriter> {
  const known = writers.get(from);
  if (known) return known;
  const ids = accounts.slice(from, to).map(({ accountId }) => accountId);
  const { rows } = await connection.query<{
    bucket: number;
    account_id: string;
    id: string;
    balance: string;
    place: string;
  }>('SELECT bucket, account_id, id, balance, ctid::text AS place FROM pocket WHERE account_id = any($1)', [ids]);
  const byBucket = new Map<number, FloorAccount[]>();
  for (const { bucket, account_id: accountId, id: pocketId, balance, place } of rows) {
    const state = new AccountState(accountId);
    state.pocketRows.set(pocketId, { place, movedBy: undefined });
    const account = { bucket, accountId, pocketId, state, balance: BigInt(balance) };
    byBucket.set(bucket, [...(byBucket.get(bucket) ?? []), account]);
  }
  const writer = new FloorWriter(connection, logs, byBucket, batchPairs, templates);
  writers.set(from, writer);
  return writer;
}
