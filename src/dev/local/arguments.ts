import { type ParseArgsConfig, parseArgs } from "node:util";
import { HelpRequest, ScriptError } from "./run-script.ts";

/** The exit code for wrong arguments. */
const MISUSED = 2;

/** The arguments of a script. Throws a `HelpRequest` for `--help`, and a `ScriptError` with the usage for an unknown argument. */
export function readArguments<T extends ParseArgsConfig>(usage: string, config: T): ReturnType<typeof parseArgs<T>> {
  const args = process.argv.slice(2);
  if (args.includes("--help") || args.includes("-h")) throw new HelpRequest(usage);
  try {
    return parseArgs(config);
  } catch (error) {
    throw misused(error instanceof Error ? error.message : String(error), usage);
  }
}

/** The error for a missing or wrong argument, with the usage. */
export const misused = (words: string, usage: string): ScriptError => new ScriptError(`${words}\n\n${usage}`, MISUSED);
