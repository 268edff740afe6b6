import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readArguments } from "./local/arguments.ts";
import { digestOf, migrationFiles, RELEASED, releasedIn, releaseFaults } from "./local/released-migrations.ts";
import { ROOT } from "./local/root.ts";
import { runScript, ScriptError } from "./local/run-script.ts";

const USAGE = `npm run migrations:release

Writes the digests of all migrations to migrations/${RELEASED}, which you commit: from then on a test refuses an edited one, and
a new one that does more than add. Run it after a deployment whose database you keep. It takes no options.`;

/** `npm run migrations:release`: the migrations of today are released. Fails, and writes nothing, when a released one was edited. */
await runScript(async () => {
  readArguments(USAGE, {});
  const folder = join(ROOT, "migrations");
  const files = migrationFiles(folder);
  const faults = releaseFaults(files, releasedIn(folder));
  if (faults.length > 0) throw new ScriptError(faults.join("\n"));
  const digests = Object.fromEntries(files.map((file) => [file.name, digestOf(file)]));
  writeFileSync(join(folder, RELEASED), `${JSON.stringify(digests, null, 2)}\n`);
  process.stdout.write(`${files.length} migrations are released. Commit migrations/${RELEASED}.\n`);
  return undefined;
});
