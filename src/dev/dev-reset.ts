import { rmSync } from "node:fs";
import { readArguments } from "./local/arguments.ts";
import { STATE } from "./local/root.ts";
import { runScript, ScriptError } from "./local/run-script.ts";
import { findRunning } from "./local/running.ts";

const USAGE = "npm run dev:reset\n\nDeletes the databases, secrets and tokens of this machine. It takes no options.";

/** `npm run dev:reset`: deletes the databases, secrets and tokens of this machine. */
await runScript(async () => {
  readArguments(USAGE, {});
  const running = findRunning();
  if (running) throw new ScriptError(`The server runs at ${running.publicUrl}. Stop it first, with Ctrl-C.`);
  rmSync(STATE, { recursive: true, force: true });
  process.stdout.write("The local state is cleared. npm run dev makes a new one.\n");
  return undefined;
});
