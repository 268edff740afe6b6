/**
 * Calls back once, at the first Ctrl-C or its like; every process of a terminal gets the signal, and npm passes it on
 * once more. Takes the place of the runtime's own listener, which would end the process before anything is put away.
 */
export function onStopSignal(stop: () => void): void {
  let asked = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.removeAllListeners(signal).on(signal, () => {
      if (asked) return;
      asked = true;
      // Whoever asks to stop is not kept waiting by something that hangs.
      setTimeout(() => process.exit(1), 10_000).unref();
      stop();
    });
  }
}
