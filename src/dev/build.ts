import { join, relative } from "node:path";
import { readArguments } from "./local/arguments.ts";
import { buildBundle, bundleSize } from "./local/bundle.ts";
import { ROOT } from "./local/root.ts";
import { runScript } from "./local/run-script.ts";

const USAGE = "npm run build\n\nWrites the bundle that a deploy would upload to dist/. It takes no options.";

/** `npm run build`: what a deploy would upload, in `dist/`. */
await runScript(async () => {
  readArguments(USAGE, {});
  const path = await buildBundle(join(ROOT, "dist"));
  process.stdout.write(`${relative(ROOT, path)}, ${(bundleSize(path).gzipBytes / 1024).toFixed(1)} KiB gzip\n`);
  return undefined;
});
