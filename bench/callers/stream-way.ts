import { Tollgate } from 'tollgate/client';
import { newRequests } from './requests.js';
import type { Way } from './way.js';

/** Longer than any round keeps an operation waiting: a stall is to be measured, not to end the run. */
const DEADLINE_MS = 60_000;

/** The package's own client: many commands over one stream. */
export function openStream(address: string, token: string): Way {
  const client = new Tollgate({ address, token, deadlineMs: DEADLINE_MS });
  return {
    reserve: async (account, ttlMs) => {
      const { reserve, usage } = newRequests(account, ttlMs);
      const reservation = await client.reserve(reserve);
      return async () => void (await reservation.settle(usage));
    },
    close: async () => client.close(),
  };
}
