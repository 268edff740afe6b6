import { CHECK_USAGE, check } from "./catalog/check.ts";
import { APPLY_USAGE, apply, DIFF_USAGE, diff } from "./catalog/diff-apply.ts";
import { INIT_USAGE, init } from "./catalog/init.ts";
import { misused } from "./local/arguments.ts";
import { HelpRequest, runScript } from "./local/run-script.ts";

/** The commands, in the order in which a business needs them. */
const COMMANDS: Readonly<Record<string, { readonly usage: string; run(args: readonly string[]): Promise<number> }>> = {
  init: { usage: INIT_USAGE, run: init },
  check: { usage: CHECK_USAGE, run: check },
  diff: { usage: DIFF_USAGE, run: diff },
  apply: { usage: APPLY_USAGE, run: apply },
};

const USAGE = Object.values(COMMANDS)
  .map(({ usage }) => usage)
  .join("\n\n");

/** `npm run catalog`: makes, checks and compares the files of a business, and brings them to a database. */
await runScript(async () => {
  const [name = "", ...args] = process.argv.slice(2);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (args.includes("--help") || args.includes("-h")) throw new HelpRequest(command?.usage ?? USAGE);
  if (name === "--help" || name === "-h") throw new HelpRequest(USAGE);
  if (!command) throw misused(name === "" ? "A command is needed." : `${name} is not a command.`, USAGE);
  return command.run(args);
});
