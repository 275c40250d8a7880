import type { VerifyFinding, VerifyProgress, VerifySummary } from '../../src/audit/events.js';
import type { Verifier, VerifyOptions } from '../../src/audit/verifier.js';

export interface Verified {
  readonly progress: readonly VerifyProgress[];
  readonly findings: readonly VerifyFinding[];
  readonly summary: VerifySummary;
}

/** Runs verify to its end, and sorts what it said. */
export async function verified(verifier: Verifier, options: VerifyOptions = {}): Promise<Verified> {
  const progress: VerifyProgress[] = [];
  const findings: VerifyFinding[] = [];
  let summary: VerifySummary | undefined;
  for await (const event of verifier.run(options)) {
    if (summary) throw new Error('the summary was not the last event');
    if (event.type === 'progress') progress.push(event);
    else if (event.type === 'finding') findings.push(event);
    else summary = event;
  }
  if (!summary) throw new Error('there was no summary');
  return { progress, findings, summary };
}
