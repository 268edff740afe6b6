import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { ROOT } from "./root.ts";

export type DevVars = Readonly<Record<string, string | undefined>>;

/** What the person at this machine put into `.dev.vars`. */
export function readDevVars(root: string = ROOT): DevVars {
  const path = join(root, ".dev.vars");
  return existsSync(path) ? parseEnv(readFileSync(path, "utf8")) : {};
}
