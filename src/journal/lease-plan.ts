/** Who reads a bucket just now, as the database says. */
export interface Lease {
  readonly bucket: number;
  readonly holder: string;
  /** Whether the holder's time is not over yet. */
  readonly live: boolean;
}

/**
 * Which leases a holder should have after this look: those it has, less what is more than its share, and so many of
 * the others that it comes to its share; free ones first, then from whoever has more than a share. The share is that
 * of the holders that are live, this one among them, so that all come to rest with equal parts.
 */
export function planLeases(leases: readonly Lease[], me: string): { keep: Lease[]; take: Lease[]; leave: Lease[] } {
  const live = leases.filter((lease) => lease.live);
  const holders = new Set([me, ...live.map(({ holder }) => holder)]).size;
  const least = Math.floor(leases.length / holders);
  const most = Math.ceil(leases.length / holders);

  const mine = live.filter(({ holder }) => holder === me);
  const keep = mine.slice(0, most);
  const leave = mine.slice(most);
  const take = leases.filter((lease) => !lease.live).slice(0, most - keep.length);
  const missing = least - keep.length - take.length;
  if (missing > 0) take.push(...surplus(live, me, least).slice(0, missing));
  return { keep, take, leave };
}

/** Leases of others beyond the share of each, the richest first. */
function surplus(live: readonly Lease[], me: string, share: number): Lease[] {
  const byHolder = new Map<string, Lease[]>();
  for (const lease of live) {
    if (lease.holder === me) continue;
    byHolder.set(lease.holder, [...(byHolder.get(lease.holder) ?? []), lease]);
  }
  const richestFirst = [...byHolder.values()].sort((a, b) => b.length - a.length);
  return richestFirst.flatMap((held) => held.slice(share));
}
