import { newRequests } from './requests.js';
import { SpendClient } from './spend-client.js';
import type { Way } from './way.js';

/** A call for each operation. */
export function openUnary(address: string, token: string): Way {
  const client = new SpendClient(address, token);
  return {
    reserve: async (account, ttlMs) => {
      const { reserve, usage, accountId } = newRequests(account, ttlMs);
      await client.call('Reserve', reserve);
      return async () => void (await client.call('Settle', { reservationId: reserve.id, accountId, usage }));
    },
    close: async () => client.close(),
  };
}
