import type { Changes } from './changes.js';
import type { OutcomeValue, Refusal } from './outcome.js';

/** What a command comes to: refused, or carried out with these changes. */
export type Decision<T extends OutcomeValue = OutcomeValue> = Refusal | Decided<T>;

export interface Decided<T extends OutcomeValue = OutcomeValue> {
  readonly ok: true;
  readonly value: T;
  readonly changes: Changes;
  /** The price versions that were looked up by name, so that a replay prices by the same ones. */
  readonly prices?: Readonly<Record<string, string>>;
}
