/** An error for the person at the terminal: a script prints its message without a stack and exits with its code. */
export class ScriptError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** `--help`: the message is the usage. It goes to standard output, and the exit code is 0. */
export class HelpRequest extends Error {}

/** How long open handles may keep the process alive after a script has ended. */
const LINGER_MS = 3000;

/** Runs a script: 0 or the answered code when it ends, the code of a `ScriptError`, 1 for any other error. */
export async function runScript(main: () => Promise<number | undefined>): Promise<void> {
  try {
    process.exitCode = (await main()) ?? 0;
    setTimeout(() => process.exit(), LINGER_MS).unref();
  } catch (error) {
    if (error instanceof HelpRequest) {
      process.stdout.write(`${error.message}\n`);
      process.exit(0);
    }
    process.stderr.write(
      `${error instanceof ScriptError ? error.message : error instanceof Error ? error.stack : error}\n`,
    );
    // Children that are still starting would keep the process alive; wrangler ends them at exit.
    process.exit(error instanceof ScriptError ? error.exitCode : 1);
  }
}
