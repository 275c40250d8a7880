/** How many ids one generation has: two of them are about ten megabytes. */
const GENERATION_IDS = 50_000;

/**
 * Ids under which this lane has carried out commands lately. A command with one of them is looked up in the journal
 * before it is decided. Any other id is taken for new: were it not, the journal's unique index would refuse it, and
 * the whole batch would have to be decided again.
 */
export class RecentIds {
  private current = new Set<string>();
  private previous = new Set<string>();

  add(id: string): void {
    if (this.current.size >= GENERATION_IDS) {
      this.previous = this.current;
      this.current = new Set();
    }
    this.current.add(id);
  }

  has(id: string): boolean {
    return this.current.has(id) || this.previous.has(id);
  }
}
