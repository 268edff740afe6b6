import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readArguments } from "./local/arguments.ts";
import { fill } from "./local/papers/fill.ts";
import { papers } from "./local/papers/tables.ts";
import { ROOT } from "./local/root.ts";
import { runScript, ScriptError } from "./local/run-script.ts";

const USAGE = `npm run generate -- [--check]

Writes the tables of the papers (*.md) from the code. With --check it only compares, and fails when they differ.`;

/** `npm run generate`: writes the tables of the papers from the code. With `--check` it only compares, and fails when they differ. */
await runScript(async () => {
  const { check } = readArguments(USAGE, { options: { check: { type: "boolean", default: false } } }).values;
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  for (const [paper, tables] of Object.entries(papers(scripts))) {
    const path = join(ROOT, paper);
    const now = readFileSync(path, "utf8");
    const next = fill(now, tables);
    if (now === next) continue;
    if (check) {
      throw new ScriptError(
        `The tables of ${paper} differ from the code. Run npm run generate and review the difference.`,
      );
    }
    writeFileSync(path, next);
    process.stdout.write(`${paper} is up to date.\n`);
  }
  return undefined;
});
