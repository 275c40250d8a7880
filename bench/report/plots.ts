import type { Results } from '../results.js';
import { WAY_NAMES } from './print.js';
import { summarise } from './summary.js';
import { bars, lines } from './svg.js';

const ACCOUNTS = { hot: 'one account', spread: '10 000 accounts' } as const;

/** The plots of what was measured, by their files' names. */
export function plots({ closed, open }: Results): ReadonlyMap<string, string> {
  const drawn = new Map<string, string>();
  for (const workload of ['hot', 'spread'] as const) {
    const ways = summarise(closed ?? []).filter((way) => way.workload === workload);
    if (ways.length > 0) {
      const data = ways.map(({ way, pairsPerSecond: value, least, most }) => ({
        label: WAY_NAMES[way],
        value,
        least,
        most,
      }));
      drawn.set(`throughput-${workload}.svg`, bars(`Pairs a second, ${ACCOUNTS[workload]}`, data));
    }
    const loads = (open ?? []).filter((load) => load.workload === workload);
    if (loads.length === 0) continue;
    const series = (['p50', 'p99'] as const).flatMap((quantile) =>
      (['reserve', 'settle'] as const).map((kind) => ({
        label: `${kind} ${quantile}`,
        points: loads.map((load) => [load.share * 100, load[kind][quantile]] as const),
      })),
    );
    drawn.set(`latency-${workload}.svg`, lines(`Milliseconds over the stream, ${ACCOUNTS[workload]}`, series));
  }
  return drawn;
}
