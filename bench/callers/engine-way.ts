import { startEngine } from '../engine.js';
import { newReserve, newSettle, samplePrices, succeed } from '../workload.js';
import type { Target } from './jobs.js';
import type { Way } from './way.js';

/** The engine in the callers' own process. */
export async function openEngine({ url, ...options }: Extract<Target, { way: 'engine' }>): Promise<Way> {
  const { submit, close } = await startEngine(url, samplePrices(), options);
  return {
    reserve: async (account) => {
      const reserve = newReserve(account);
      await succeed(submit, reserve);
      return () => succeed(submit, newSettle(reserve));
    },
    close,
  };
}
