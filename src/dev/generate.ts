import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readArguments } from "./local/arguments.ts";
import { fill } from "./local/papers/fill.ts";
import { tables } from "./local/papers/tables.ts";
import { ROOT } from "./local/root.ts";
import { runScript, ScriptError } from "./local/run-script.ts";

const USAGE = `npm run generate -- [--check]

Writes the tables of the README from the code. With --check it only compares, and fails when they differ.`;

/** `npm run generate`: writes the tables of the README from the code. With `--check` it only compares, and fails when they differ. */
await runScript(async () => {
  const { check } = readArguments(USAGE, { options: { check: { type: "boolean", default: false } } }).values;
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const path = join(ROOT, "README.md");
  const now = readFileSync(path, "utf8");
  const next = fill(now, tables(scripts));
  if (now === next) return undefined;
  if (check)
    throw new ScriptError(
      "The tables of README.md differ from the code. Run npm run generate and review the difference.",
    );
  writeFileSync(path, next);
  process.stdout.write("README.md is up to date.\n");
  return undefined;
});
