import { type ParseArgsConfig, parseArgs } from "node:util";
import { HelpAsked, Told } from "./told.ts";

/** The exit code of a call that a script does not understand. */
const MISUSED = 2;

/**
 * Reads what a script was called with. `--help` prints its usage and ends it well; throws a `Told` with the usage for
 * what it does not take.
 */
export function readArguments<T extends ParseArgsConfig>(usage: string, config: T): ReturnType<typeof parseArgs<T>> {
  const args = process.argv.slice(2);
  if (args.includes("--help") || args.includes("-h")) throw new HelpAsked(usage);
  try {
    return parseArgs(config);
  } catch (error) {
    throw misused(error instanceof Error ? error.message : String(error), usage);
  }
}

/** For a call that lacks something, or has something that does not fit. */
export const misused = (words: string, usage: string): Told => new Told(`${words}\n\n${usage}`, MISUSED);
