import "./quiet.ts";
import { spawn } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ROOT } from "./root.ts";
import { ScriptError } from "./run-script.ts";

/** The size limit of the bundle, gzipped. The platform takes more; ours shows a jump before it is deployed. */
export const BUNDLE_LIMIT_KIB = 640;

/**
 * Builds the bundle that `npm run deploy` would upload, and answers the path of its one module. The configuration is copied
 * beside it: no `.dev.vars` is in that folder, so wrangler reads none. `entry` bundles another Worker in the same way. Without
 * `minify`, functions keep their names, which a profile shows.
 */
export async function buildBundle(
  folder: string,
  { entry = join("src", "worker.ts"), minify = true } = {},
): Promise<string> {
  const wrangler = join(ROOT, "node_modules", "wrangler", "bin", "wrangler.js");
  const how = ["--env=", "--dry-run", ...(minify ? ["--minify"] : []), "--metafile", "--outdir", folder];
  const args = [wrangler, "deploy", entry, ...how];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (code !== 0) throw new ScriptError(`The bundle was not built:\n${output}`);
  copyFileSync(join(ROOT, "wrangler.toml"), configBeside(folder));
  return join(folder, "worker.js");
}

/** The configuration that starts a built bundle. */
export const configBeside = (folder: string) => join(folder, "wrangler.toml");

/** The size of the bundle, plain and gzipped; the platform's limit counts the gzipped one. */
export function bundleSize(path: string): { bytes: number; gzipBytes: number } {
  const bundle = readFileSync(path);
  return { bytes: bundle.length, gzipBytes: gzipSync(bundle).length };
}
