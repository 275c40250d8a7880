import type { CpuMeter } from '../cpu.js';
import type { Databases } from '../databases.js';
import { type RunningEngine, startEngine } from '../engine.js';
import { OneByOne } from '../naive/one-by-one.js';
import { openAccounts, type Submit, samplePrices, type Workload } from '../workload.js';
import { measureRound, type Round } from './measure.js';
import { profiled } from './profile.js';
import type { Measured } from './report.js';

const SPREAD_ACCOUNTS = 10_000;
/** The obvious way is given the best of these for each workload. */
const POOL_SIZES = [8, 16, 32] as const;

export interface ComparisonOptions {
  readonly workloads: readonly Workload['name'][];
  readonly rounds: number;
  readonly roundMs: number;
  readonly tuneMs: number;
  readonly callers: number;
  readonly lanes: number;
  readonly batchMax: number;
  readonly profile: boolean;
  readonly engineOnly: boolean;
  /** Spares the obvious way most of its round trips. */
  readonly fewRoundTrips: boolean;
}

/** One workload in both databases: the accounts differ, what is done on them does not. */
interface Contest {
  readonly name: Workload['name'];
  readonly onEngine: Workload;
  readonly onOneByOne: Workload;
  readonly oneByOne: OneByOne;
  readonly connections: number;
  readonly rounds: { readonly engine: Round[]; readonly oneByOne: Round[] };
}

/** Runs both ways in turn, round by round, so that what else the machine does meets both alike. */
export class Comparison {
  private readonly prices = samplePrices();

  constructor(
    private readonly databases: Databases,
    private readonly urls: { readonly engine: string; readonly oneByOne: string },
    private readonly meter: CpuMeter,
    private readonly options: ComparisonOptions,
    private readonly note: (text: string) => void,
  ) {}

  async run(): Promise<Measured[]> {
    const { options } = this;
    const engine = await startEngine(this.urls.engine, this.prices, options);
    const contests: Contest[] = [];
    try {
      for (const name of options.workloads) contests.push(await this.prepare(name, engine));
      await this.databases.checkpoint();
      for (let round = 1; round <= options.rounds; round += 1)
        for (const contest of contests) await this.runRound(contest, engine, round);
    } finally {
      for (const { oneByOne } of contests) await oneByOne.close();
      await engine.close();
    }
    return contests.map(({ name, connections, rounds }) => ({ workload: name, connections, ...rounds }));
  }

  /** Opens the accounts, finds the obvious way's best pool, and warms both up. */
  private async prepare(name: Workload['name'], engine: RunningEngine): Promise<Contest> {
    const count = name === 'hot' ? 1 : SPREAD_ACCOUNTS;
    this.note(`${name}: opening ${count} account${count === 1 ? '' : 's'} in both databases`);
    const onEngine = { name, accounts: await openAccounts(engine.submit, count) };
    const opener = await startEngine(this.urls.oneByOne, this.prices, this.options);
    const onOneByOne = { name, accounts: await openAccounts(opener.submit, count) };
    await opener.close();
    await this.measure(engine.submit, onEngine, this.options.tuneMs);
    const connections = this.options.engineOnly ? POOL_SIZES[0] : await this.bestPool(onOneByOne, engine.buckets);
    const oneByOne = new OneByOne(
      this.urls.oneByOne,
      connections,
      engine.buckets,
      this.prices,
      this.options.fewRoundTrips,
    );
    return { name, onEngine, onOneByOne, oneByOne, connections, rounds: { engine: [], oneByOne: [] } };
  }

  private async bestPool(workload: Workload, buckets: number): Promise<number> {
    let best = { connections: 0, pairs: 0 };
    for (const connections of POOL_SIZES) {
      const oneByOne = new OneByOne(this.urls.oneByOne, connections, buckets, this.prices, this.options.fewRoundTrips);
      const { pairsPerSecond } = await this.measure(oneByOne.submit, workload, this.options.tuneMs);
      await oneByOne.close();
      this.note(
        `${workload.name}: the obvious way over ${connections} connections: ${Math.round(pairsPerSecond)} pairs/s`,
      );
      if (pairsPerSecond > best.pairs) best = { connections, pairs: pairsPerSecond };
    }
    return best.connections;
  }

  private async runRound(
    { name, onEngine, onOneByOne, oneByOne, rounds }: Contest,
    engine: RunningEngine,
    round: number,
  ): Promise<void> {
    const { roundMs, engineOnly, profile } = this.options;
    if (!engineOnly) rounds.oneByOne.push(await this.measure(oneByOne.submit, onOneByOne, roundMs));
    const measure = () => this.measure(engine.submit, onEngine, roundMs);
    rounds.engine.push(profile ? await profiled(`engine-${name}-${round}`, measure) : await measure());
    const [a, b] = [rounds.oneByOne.at(-1), rounds.engine.at(-1)];
    this.note(
      `round ${round}, ${name}: ${a ? `${Math.round(a.pairsPerSecond)} one by one, ` : ''}${Math.round(b?.pairsPerSecond ?? 0)} the engine`,
    );
  }

  private measure(submit: Submit, workload: Workload, forMs: number): Promise<Round> {
    return measureRound(submit, workload, this.options.callers, forMs, this.meter);
  }
}
