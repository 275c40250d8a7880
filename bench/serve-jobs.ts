/** What a process answers to a job. */
export type JobAnswer = { readonly value: unknown } | { readonly error: string };

/** Makes this process answer one job after another, until whoever forked it is gone or asks it to end. */
export function serveJobs<J>(run: (job: J) => Promise<unknown>): void {
  process.on('message', (job) => {
    run(job as J).then(
      (value) => process.send?.({ value } satisfies JobAnswer),
      (error: unknown) =>
        process.send?.({ error: String(error instanceof Error ? error.stack : error) } satisfies JobAnswer),
    );
  });
  process.once('disconnect', () => process.exit());
  process.once('SIGTERM', () => process.exit());
  // Ctrl-C reaches all processes of a terminal: this one is ended by the one that forked it.
  process.on('SIGINT', () => undefined);
}
