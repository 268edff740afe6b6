import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { ROOT } from "./root.ts";

/** Settings by name. */
export type DevVars = Readonly<Record<string, string | undefined>>;

/** The settings in `.dev.vars`; empty without the file. */
export function readDevVars(root: string = ROOT): DevVars {
  const path = join(root, ".dev.vars");
  return existsSync(path) ? parseEnv(readFileSync(path, "utf8")) : {};
}
