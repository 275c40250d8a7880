/** Past a full queue only sources with less than their share are let in, up to so many times what makes it full. */
const HARD_BOUND = 2;

/** Below this a source's list is not cut when its beginning has been taken. */
const CUT_MIN = 64;

/** What one source has waiting, over all queues. */
interface Share {
  waiting: number;
}

/** Who has how much waiting, over all the queues that are given the same one. */
export class Waiting {
  private readonly shares = new Map<string, Share>();
  private all = 0;

  get total(): number {
    return this.all;
  }

  /** How many sources have something waiting. */
  get sources(): number {
    return this.shares.size;
  }

  /** How much the source has waiting. */
  of(source: string): number {
    return this.shares.get(source)?.waiting ?? 0;
  }

  /**
   * Whether the source may queue one more where `max` may wait. When that many do, it may while it has less than an
   * equal share of them: whoever filled the queue keeps out itself, and nobody else.
   */
  admits(source: string, max: number): boolean {
    if (this.all < max) return true;
    if (this.all >= HARD_BOUND * max) return false;
    const own = this.of(source);
    const sources = own > 0 ? this.sources : this.sources + 1;
    return own * sources < max;
  }

  /** The source's share: the same one until nothing of it waits. */
  shareOf(source: string): Share {
    let share = this.shares.get(source);
    if (!share) {
      share = { waiting: 0 };
      this.shares.set(source, share);
    }
    return share;
  }

  add(share: Share, count: number): void {
    share.waiting += count;
    this.all += count;
  }

  remove(source: string, share: Share, count: number): void {
    this.add(share, -count);
    if (share.waiting === 0) this.shares.delete(source);
  }
}

/** What one source has in this queue, and who comes after it. */
class Line<T> {
  items: T[] = [];
  /** Where the first that is not taken stands. */
  head = 0;
  next: Line<T> = this;

  constructor(
    readonly source: string,
    readonly share: Share,
  ) {}
}

/**
 * A queue in which nobody waits for the length of somebody else's line: the sources that have something waiting stand
 * in a ring, and each turn takes one of the next. A source's own keep their order. Every operation takes constant time
 * for each item, however many sources there are.
 */
export class FairQueue<T> {
  private readonly lines = new Map<string, Line<T>>();
  /** Whose turn was last: the ring goes on with its `next`, and newcomers join behind it. */
  private last: Line<T> | undefined;
  /** Where the last item was put: it is seldom another source's than the one after it. */
  private recent: Line<T> | undefined;
  private returned: T[] = [];
  private count = 0;

  constructor(
    private readonly sourceOf: (item: T) => string,
    private readonly waiting = new Waiting(),
  ) {}

  get length(): number {
    return this.count;
  }

  push(item: T): void {
    const source = this.sourceOf(item);
    const line = this.recent?.source === source ? this.recent : this.lines.get(source);
    this.recent = line ?? this.join(source);
    this.recent.items.push(item);
    this.waiting.add(this.recent.share, 1);
    this.count += 1;
  }

  /** Puts what was taken back before everything else, in this order: it has had its turn. */
  putBack(items: readonly T[]): void {
    for (const item of items) this.waiting.add(this.waiting.shareOf(this.sourceOf(item)), 1);
    this.returned = [...items, ...this.returned];
    this.count += items.length;
  }

  /** The next items, at most so many: what was put back, and then one of each source in turn. */
  take(max: number): T[] {
    const taken = this.takeReturned(max);
    while (this.last && taken.length < max) {
      const line = this.last.next;
      if (line === this.last) {
        const rest = this.takeOf(line, max - taken.length);
        if (taken.length === 0) return rest;
        for (const item of rest) taken.push(item);
      } else {
        taken.push(this.takeFirst(line));
      }
    }
    return taken;
  }

  /** Takes from the only line there is. */
  private takeOf(line: Line<T>, max: number): T[] {
    const end = Math.min(line.items.length, line.head + max);
    const whole = line.head === 0 && end === line.items.length;
    const items = whole ? line.items : line.items.slice(line.head, end);
    this.passed(line, items.length);
    return items;
  }

  private takeFirst(line: Line<T>): T {
    const item = line.items[line.head] as T;
    this.passed(line, 1);
    return item;
  }

  /** The line whose turn it was has so many fewer: it leaves the ring, or is the last in it. */
  private passed(line: Line<T>, count: number): void {
    line.head += count;
    this.count -= count;
    this.waiting.remove(line.source, line.share, count);
    if (line.head === line.items.length) {
      this.lines.delete(line.source);
      if (this.recent === line) this.recent = undefined;
      if (this.last === line) this.last = undefined;
      else if (this.last) this.last.next = line.next;
      return;
    }
    this.last = line;
    if (line.head < CUT_MIN || line.head * 2 < line.items.length) return;
    line.items = line.items.slice(line.head);
    line.head = 0;
  }

  private takeReturned(max: number): T[] {
    if (this.returned.length === 0) return [];
    const taken = this.returned.splice(0, max);
    this.count -= taken.length;
    for (const item of taken) {
      const source = this.sourceOf(item);
      this.waiting.remove(source, this.waiting.shareOf(source), 1);
    }
    return taken;
  }

  /** A line for a source that has none, behind all that are there. */
  private join(source: string): Line<T> {
    const line = new Line<T>(source, this.waiting.shareOf(source));
    if (this.last) {
      line.next = this.last.next;
      this.last.next = line;
    }
    this.last = line;
    this.lines.set(source, line);
    return line;
  }
}
