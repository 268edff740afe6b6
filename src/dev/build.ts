import { join, relative } from "node:path";
import { buildBundle, bundleSize } from "./local/bundle.ts";
import { ROOT } from "./local/root.ts";
import { runScript } from "./local/told.ts";

/** `npm run build`: what a deploy would upload, in `dist/`. */
await runScript(async () => {
  const path = await buildBundle(join(ROOT, "dist"));
  process.stdout.write(`${relative(ROOT, path)}, ${(bundleSize(path).gzipBytes / 1024).toFixed(1)} KiB gzip\n`);
  return undefined;
});
