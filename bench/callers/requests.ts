import { type BenchAccount, newReserve, newSettle, TTL_MS } from '../workload.js';

/** A pair as a gateway asks for it: the key is named by its secret, as a customer sends it. */
export function newRequests({ secret, ...owner }: BenchAccount, ttlMs = TTL_MS) {
  const command = newReserve(owner);
  const { id, accountId, candidates } = command;
  const { usage } = newSettle(command);
  return { reserve: { id, key: secret, candidates, ttlMs }, usage, accountId };
}
