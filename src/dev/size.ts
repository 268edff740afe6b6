import { readArguments } from "./local/arguments.ts";
import { BUNDLE_LIMIT_KIB, buildBundle, bundleSize } from "./local/bundle.ts";
import { inTemporaryFolder } from "./local/in-temporary-folder.ts";
import { runScript, ScriptError } from "./local/run-script.ts";

const USAGE = "npm run size\n\nPrints the gzipped size of the bundle and fails above the limit. It takes no options.";

/** `npm run size`: the gzipped size of the bundle. Fails above the limit. */
await runScript(async () => {
  readArguments(USAGE, {});
  const { bytes, gzipBytes } = await inTemporaryFolder(async (folder) => bundleSize(await buildBundle(folder)));
  const kib = gzipBytes / 1024;
  process.stdout.write(`${kib.toFixed(1)} KiB gzip of ${BUNDLE_LIMIT_KIB}, ${(bytes / 1024).toFixed(1)} KiB plain\n`);
  if (kib > BUNDLE_LIMIT_KIB) throw new ScriptError(`The bundle is larger than ${BUNDLE_LIMIT_KIB} KiB.`);
  return undefined;
});
