import { performance } from 'node:perf_hooks';
import { type Command, InvalidArgumentError } from 'commander';
import type { VerifyFinding, VerifyProgress, VerifySummary } from '../audit/events.js';
import { Verifier } from '../audit/verifier.js';
import { loadConfig } from '../config/config.js';
import { CommandFailed } from './command-failed.js';
import { withDatabase } from './open-database.js';
import { findingLine, progressLine, summaryLines, trialBalanceLines } from './verify-report.js';

/** So often at most is the progress drawn anew. */
const DRAW_MS = 100;
const FINDINGS_MAX = 10_000;

interface VerifyFlags {
  readonly json?: boolean;
  readonly findingsMax?: number;
}

/** Adds `tollgate verify` and `tollgate trial-balance`. */
export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description(
      'prove the books: recompute every rule from the rows and decide the whole journal again; exit code 1 on any breach',
    )
    .option('--findings-max <count>', `stop after so many findings, 1 to ${FINDINGS_MAX} (default 100)`, parseCount)
    .option('--json', 'print one JSON document')
    .action((flags: VerifyFlags) => withVerifier((verifier) => verify(verifier, flags)));
  program
    .command('trial-balance')
    .description('the balance of every ledger account of the operator, and of all customers, by asset')
    .option('--json', 'print JSON')
    .action(({ json }: { json?: boolean }) =>
      withVerifier(async (verifier) => {
        const balance = await verifier.trialBalance();
        console.log(json ? JSON.stringify(balance, null, 2) : trialBalanceLines(balance).join('\n'));
        if (!balance.balanced) process.exitCode = 1;
      }),
    );
}

function withVerifier(work: (verifier: Verifier) => Promise<void>): Promise<void> {
  return withDatabase(loadConfig(), (database) => work(new Verifier(database)));
}

async function verify(verifier: Verifier, { json, findingsMax }: VerifyFlags): Promise<void> {
  const interrupt = new AbortController();
  const stop = () => interrupt.abort(new CommandFailed('verify was stopped before its end: nothing is proven'));
  process.once('SIGINT', stop);
  const line = new ProgressLine();
  const findings: VerifyFinding[] = [];
  let summary: VerifySummary | undefined;
  try {
    for await (const event of verifier.run({ findingsMax, signal: interrupt.signal })) {
      if (event.type === 'progress') line.draw(event);
      if (event.type === 'summary') summary = event;
      if (event.type !== 'finding') continue;
      findings.push(event);
      line.clear();
      if (!json) console.log(findingLine(event));
    }
  } finally {
    line.clear();
    process.off('SIGINT', stop);
  }
  if (!summary) throw new CommandFailed('verify ended without a summary');
  console.log(json ? JSON.stringify({ ...summary, findings }, null, 2) : summaryLines(summary).join('\n'));
  if (!summary.ok) process.exitCode = 1;
}

/** One line on a terminal that is drawn again and again; nothing where standard error is no terminal. */
class ProgressLine {
  private drawnAt = Number.NEGATIVE_INFINITY;
  private drawn = false;

  draw(progress: VerifyProgress): void {
    if (!process.stderr.isTTY || performance.now() - this.drawnAt < DRAW_MS) return;
    this.drawnAt = performance.now();
    this.clear();
    process.stderr.write(progressLine(progress));
    this.drawn = true;
  }

  clear(): void {
    if (this.drawn) process.stderr.write('\r\u001b[2K');
    this.drawn = false;
  }
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > FINDINGS_MAX) {
    throw new InvalidArgumentError(`expected a whole number from 1 to ${FINDINGS_MAX}`);
  }
  return count;
}
