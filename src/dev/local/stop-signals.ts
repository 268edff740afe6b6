/**
 * Calls `stop` once, at the first stop signal: Ctrl-C reaches every process of the terminal, and npm sends it again.
 * Replaces wrangler's listeners, which would end the process before `stop` is done.
 */
export function onStopSignal(stop: () => void): void {
  let stopping = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.removeAllListeners(signal).on(signal, () => {
      if (stopping) return;
      stopping = true;
      // A stop that hangs ends after ten seconds.
      setTimeout(() => process.exit(1), 10_000).unref();
      stop();
    });
  }
}
