/** A failure that its message explains in full: scripts print it without a stack and exit with its code. */
export class Told extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Somebody asked how a script is called: its message goes to standard output, and nothing failed. */
export class HelpAsked extends Error {}

/** What still runs when a script is done is not waited for any longer than this. */
const LINGER_MS = 3000;

/** Runs a script's main and turns how it ends into the exit code. */
export async function runScript(main: () => Promise<number | undefined>): Promise<void> {
  try {
    process.exitCode = (await main()) ?? 0;
    setTimeout(() => process.exit(), LINGER_MS).unref();
  } catch (error) {
    if (error instanceof HelpAsked) {
      process.stdout.write(`${error.message}\n`);
      process.exit(0);
    }
    process.stderr.write(`${error instanceof Told ? error.message : error instanceof Error ? error.stack : error}\n`);
    // Half-started children would keep the process alive; their library ends them with it.
    process.exit(error instanceof Told ? error.exitCode : 1);
  }
}
