import { type BenchAccount, newReserve, newSettle } from '../workload.js';

interface Requests {
  readonly reserve: object;
  readonly settle: object;
}

/** A pair as messages of SpendService: the key is named by its secret, as a gateway does that passes on what it was sent. */
export function newRequests(account: BenchAccount): Requests {
  const command = newReserve(account);
  const { id, accountId, candidates } = command;
  const { usage } = newSettle(command);
  return { reserve: { id, key: account.secret, candidates }, settle: { reservationId: id, accountId, usage } };
}
