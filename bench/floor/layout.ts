import { jsonArray, plainArray } from '#tollgate/ledger/array-literal.js';
import type { Templates } from './templates.js';

/** A bucket and how many pairs of a batch are on it. */
export interface Share {
  readonly bucket: number;
  readonly pairs: number;
}

/**
 * The columns of a batch that are the same for every batch of the same shape, made once. Within each bucket the reserves
 * come first, then as many settles, if the batch has any.
 */
export class Layout {
  readonly buckets: string;
  readonly slots: string;
  readonly types: string;
  readonly bodies: Buffer;
  /** Of one row for each pair, in the order of the buckets. */
  readonly pairBuckets: string;
  readonly lines: string;
  readonly kinds: string;
  readonly credits: string;
  readonly assets: string;
  readonly amounts: string;
  readonly statuses: string;
  readonly holds: string;
  readonly charges: string;
  readonly noBodies: Buffer;
  readonly pairs: number;

  constructor(
    readonly shares: readonly Share[],
    readonly withSettles: boolean,
    { reserveBodies, settleBodies, transfers }: Templates,
  ) {
    const rows: { bucket: number; slot: string; type: string; body: string }[] = [];
    for (const { bucket, pairs } of shares) {
      for (let n = 0; n < pairs; n += 1)
        rows.push({ bucket, slot: 'cmd', type: 'Reserve', body: pick(reserveBodies, rows.length) });
      for (let n = 0; withSettles && n < pairs; n += 1)
        rows.push({ bucket, slot: 'end', type: 'Settle', body: pick(settleBodies, rows.length) });
    }
    this.buckets = plainArray(rows.map(({ bucket }) => bucket));
    this.slots = plainArray(rows.map(({ slot }) => slot));
    this.types = plainArray(rows.map(({ type }) => type));
    this.bodies = jsonArray(rows.map(({ body }) => body));
    const ofPairs = shares.flatMap(({ bucket, pairs }) => new Array<number>(pairs).fill(bucket));
    const moves = ofPairs.map((_, index) => pick(transfers, index));
    this.pairs = ofPairs.length;
    this.pairBuckets = plainArray(ofPairs);
    this.lines = plainArray(ofPairs.map(() => 1));
    this.kinds = plainArray(moves.map(({ kind }) => kind));
    this.credits = plainArray(moves.map(({ credit }) => credit));
    this.assets = plainArray(moves.map(({ asset }) => asset));
    this.amounts = plainArray(moves.map(({ amount }) => amount));
    this.statuses = plainArray(ofPairs.map(() => 'HELD'));
    this.holds = this.amounts;
    this.charges = plainArray(ofPairs.map(() => 0));
    this.noBodies = jsonArray(ofPairs.map(() => null));
  }
}

function pick<T>(from: readonly T[], index: number): T {
  return from[index % from.length] as T;
}
