/** A failure that its message explains in full: scripts print it without a stack and exit with 1. */
export class Told extends Error {}

/** Runs a script's main and turns how it ends into the exit code. */
export async function runScript(main: () => Promise<number | undefined>): Promise<void> {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Told ? error.message : error instanceof Error ? error.stack : error}\n`);
    process.exitCode = 1;
  }
}
