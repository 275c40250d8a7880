import type { Message } from '../support/grpc-client.js';

export type Kind = 'reserve' | 'settle' | 'release' | 'extend' | 'charge' | 'refund';

/**
 * What became of sending a command once: `lost` is no answer at all, `unknown` is being told that the outcome is not
 * known, `nothing` is being told that nothing was done and to try again. The last one is its answer.
 */
export type Attempt = 'lost' | 'unknown' | 'nothing' | { readonly refused: string } | { readonly told: Message };

/** A command, and all that the gateway was ever told of it. */
export interface Entry {
  readonly kind: Kind;
  readonly accountId: string;
  readonly message: Message;
  readonly attempts: Attempt[];
}

/** What a gateway was told: its own record, to hold against the books. */
export class ClientRecord {
  readonly entries: Entry[] = [];
  /** Answers so far, refusals among them. */
  answered = 0;

  begin(kind: Kind, accountId: string, message: Message): Entry {
    const entry = { kind, accountId, message, attempts: [] };
    this.entries.push(entry);
    return entry;
  }

  /** How often each name was told. */
  names(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const attempt of this.entries.flatMap(({ attempts }) => attempts)) {
      const name = typeof attempt === 'string' ? attempt : 'told' in attempt ? 'ok' : attempt.refused;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }

  /** Those that were carried out, as the gateway was told. */
  carriedOut(): { readonly entry: Entry; readonly told: Message }[] {
    return this.entries.flatMap((entry) => {
      const last = entry.attempts.at(-1);
      return typeof last === 'object' && 'told' in last ? [{ entry, told: last.told }] : [];
    });
  }

  refused(): Entry[] {
    return this.entries.filter(({ attempts }) => {
      const last = attempts.at(-1);
      return typeof last === 'object' && 'refused' in last;
    });
  }
}
