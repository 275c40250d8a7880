import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type pg from 'pg';
import { newId } from 'tollgate/client';
import * as sql from '#tollgate/ledger/append.statements.js';
import { plainArray } from '#tollgate/ledger/array-literal.js';
import { Netted } from '#tollgate/ledger/netted.js';
import { sendPockets } from '#tollgate/ledger/pocket.store.js';
import { AccountState } from '#tollgate/ledger/state.js';
import { all, send } from '#tollgate/ledger/statement.js';
import { quantile } from '../numbers.js';
import { TTL_MS } from '../workload.js';
import type { Floored } from './jobs.js';
import { Layout, type Share } from './layout.js';
import type { Templates } from './templates.js';

/** As many as a lane has. */
const FLIGHTS = 2;
/** What a batch takes from each pocket that it touches. */
const TAKEN = 1_000n;
const HELD = 5_000n;

export interface FloorAccount {
  readonly bucket: number;
  readonly accountId: string;
  readonly pocketId: string;
  readonly state: AccountState;
  balance: bigint;
}

interface Log {
  position: number;
  head: string;
}

/** What was reserved and is not settled yet. */
interface Open {
  readonly ids: readonly string[];
  readonly accounts: readonly FloorAccount[];
}

/**
 * Writes what the engine would write for as many pairs, by the same statements in the same order, and decides nothing:
 * ids, positions and balances change from batch to batch, and all else is made once.
 */
export class FloorWriter {
  private readonly reservesOnly: Layout;
  private readonly full: Layout;
  private readonly open: Open[] = [];

  constructor(
    private readonly connection: pg.Client,
    private readonly logs: ReadonlyMap<number, Log>,
    private readonly accounts: ReadonlyMap<number, readonly FloorAccount[]>,
    batchPairs: number,
    templates: Templates,
  ) {
    const buckets = [...accounts.keys()].sort((a, b) => a - b);
    const shares: Share[] = buckets.map((bucket) => ({ bucket, pairs: Math.ceil(batchPairs / buckets.length) }));
    this.reservesOnly = new Layout(shares, false, templates);
    this.full = new Layout(shares, true, templates);
  }

  async run(forMs: number): Promise<Floored> {
    const flights: Promise<unknown>[] = [];
    const took: number[] = [];
    let [reserves, pairs] = [0, 0];
    const start = performance.now();
    while (performance.now() < start + forMs) {
      if (flights.length === FLIGHTS) await flights.shift();
      // A reserve is settled in the batch after the one that was under way when it was answered.
      const settled = this.open.length >= FLIGHTS ? this.open.shift() : undefined;
      const sentAt = performance.now();
      const flight = this.send(settled).then(() => took.push(performance.now() - sentAt));
      // It is waited for later: until then its failure is nobody's.
      flight.catch(() => undefined);
      flights.push(flight);
      reserves += this.full.pairs;
      if (settled) pairs += this.full.pairs;
    }
    await Promise.all(flights);
    const wallMs = performance.now() - start;
    took.sort((a, b) => a - b);
    return { reserves, pairs, wallMs, p50: quantile(took, 0.5), p99: quantile(took, 0.99) };
  }

  private send(settled: Open | undefined): Promise<unknown> {
    const layout = settled ? this.full : this.reservesOnly;
    const opened = this.newOpen(layout);
    this.open.push(opened);
    const { connection } = this;
    const sent: Promise<unknown>[] = [connection.query('BEGIN')];
    const positions = this.sendFence(layout, sent);
    sent.push(this.sendJournal(layout, positions, opened, settled));
    if (settled) sent.push(this.sendTransfers(layout, positions, settled));
    sent.push(...this.sendPockets(opened, settled), this.sendReservations(layout, opened));
    if (settled) {
      const ended = [layout.pairBuckets, layout.pairBuckets, plainArray(settled.accounts.map(accountIdOf))];
      sent.push(send(connection, sql.DELETE_RESERVATIONS, [...ended, plainArray(settled.ids)]));
    }
    sent.push(connection.query('COMMIT'));
    return all(sent);
  }

  private newOpen({ shares }: Layout): Open {
    const ids: string[] = [];
    const accounts: FloorAccount[] = [];
    for (const { bucket, pairs } of shares) {
      const choice = this.accounts.get(bucket) ?? [];
      for (let n = 0; n < pairs; n += 1) {
        ids.push(newId());
        accounts.push(choice[Math.floor(Math.random() * choice.length)] as FloorAccount);
      }
    }
    return { ids, accounts };
  }

  /** @returns for each bucket the position after which the batch's rows come. */
  private sendFence({ shares, withSettles }: Layout, sent: Promise<unknown>[]): number[] {
    const logs = shares.map(({ bucket }) => this.logs.get(bucket) as Log);
    const before = logs.map(({ position }) => position);
    const buckets = plainArray(shares.map(({ bucket }) => bucket));
    const expected = [buckets, buckets, plainArray(before), plainArray(logs.map(({ head }) => head))];
    for (const [index, log] of logs.entries()) {
      log.position += (shares[index]?.pairs ?? 0) * (withSettles ? 2 : 1);
      log.head = randomUUID();
    }
    const now = Date.now();
    const to = [plainArray(logs.map(({ position }) => position)), plainArray(logs.map(({ head }) => head))];
    sent.push(send(this.connection, sql.ADVANCE, [...expected, ...to, repeated(now, logs.length)]));
    return before;
  }

  private sendJournal(layout: Layout, positions: readonly number[], opened: Open, settled?: Open): Promise<unknown> {
    const places: number[] = [];
    const accounts: string[] = [];
    const ids: string[] = [];
    let at = 0;
    for (const [index, { pairs }] of layout.shares.entries()) {
      let position = positions[index] ?? 0;
      for (const of of settled ? [opened, settled] : [opened]) {
        for (let n = at; n < at + pairs; n += 1) {
          position += 1;
          places.push(position);
          accounts.push(accountIdOf(of.accounts[n] as FloorAccount));
          ids.push(of.ids[n] as string);
        }
      }
      at += pairs;
    }
    const { buckets, slots, types, bodies } = layout;
    const now = repeated(Date.now(), places.length);
    const rows = [buckets, plainArray(places), plainArray(accounts), plainArray(ids), slots, types, now, bodies];
    return send(this.connection, sql.JOURNAL, rows);
  }

  private sendTransfers(layout: Layout, positions: readonly number[], settled: Open): Promise<unknown> {
    const places: number[] = [];
    for (const [index, { pairs }] of layout.shares.entries())
      for (let n = 1; n <= pairs; n += 1) places.push((positions[index] ?? 0) + pairs + n);
    const { pairBuckets, lines, kinds, credits, assets, amounts } = layout;
    return send(this.connection, sql.TRANSFERS, [
      pairBuckets,
      plainArray(places),
      lines,
      plainArray(settled.accounts.map(accountIdOf)),
      plainArray(settled.ids),
      kinds,
      plainArray(settled.accounts.map(({ pocketId }) => pocketId)),
      credits,
      assets,
      amounts,
    ]);
  }

  /** By the engine's own rule of which rows it must look for. */
  private sendPockets(opened: Open, settled?: Open): Promise<unknown>[] {
    const netted = new Netted();
    for (const account of [...opened.accounts, ...(settled?.accounts ?? [])]) {
      const { bucket, accountId, pocketId, state } = account;
      if (netted.changedPockets.has(pocketId)) continue;
      account.balance -= TAKEN;
      const row = { id: pocketId, balance: account.balance, held: HELD, creditLimit: 0n, closed: false };
      const pocket = { bucket, accountId, account: state, row, whole: false };
      netted.changedPockets.set(pocketId, pocket as unknown as MapValue<Netted['changedPockets']>);
    }
    return sendPockets(this.connection, netted);
  }

  private sendReservations(layout: Layout, opened: Open): Promise<unknown> {
    const { pairBuckets, statuses, assets, holds, charges, noBodies } = layout;
    return send(this.connection, sql.INSERT_RESERVATIONS, [
      pairBuckets,
      plainArray(opened.accounts.map(accountIdOf)),
      plainArray(opened.ids),
      statuses,
      repeated(Date.now() + TTL_MS, opened.ids.length),
      assets,
      holds,
      charges,
      noBodies,
    ]);
  }
}

type MapValue<M> = M extends Map<string, infer V> ? V : never;

function accountIdOf({ accountId }: FloorAccount): string {
  return accountId;
}

function repeated(value: number, times: number): string {
  return `{${new Array<number>(times).fill(value).join(',')}}`;
}
