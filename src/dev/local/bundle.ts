import "./quiet.ts";
import { spawn } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { ROOT } from "./root.ts";
import { Told } from "./told.ts";

/** What a cold start may have to load, gzipped. The platform takes more; a jump is to be seen before it is deployed. */
export const BUNDLE_LIMIT_KIB = 640;

/**
 * Builds what `npm run deploy` would upload, and uploads nothing. Answers the path of the one module; the configuration
 * is copied beside it, where no `.dev.vars` lies that would be read along with it.
 */
export async function buildBundle(folder: string): Promise<string> {
  const wrangler = join(ROOT, "node_modules", "wrangler", "bin", "wrangler.js");
  const args = [wrangler, "deploy", "--dry-run", "--minify", "--metafile", "--outdir", folder];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (code !== 0) throw new Told(`The bundle was not built:\n${output}`);
  copyFileSync(join(ROOT, "wrangler.toml"), configBeside(folder));
  return join(folder, "worker.js");
}

/** The configuration that a built bundle is started with. */
export const configBeside = (folder: string) => join(folder, "wrangler.toml");

/**
 * The modules that the bundle reaches by a dynamic import. In one module, all that such an import reaches is initialized
 * on first use; for modules that import each other in a circle, as zod's, the order of that use decides whether it works.
 */
export function lazyModules(bundle: string): string[] {
  const { inputs } = JSON.parse(readFileSync(join(dirname(bundle), "bundle-meta.json"), "utf8")) as Metafile;
  return Object.values(inputs)
    .flatMap(({ imports }) => imports)
    .filter(({ kind, external }) => kind === "dynamic-import" && !external)
    .map(({ path }) => path);
}

/** What esbuild says of a build, as far as it is read here. */
interface Metafile {
  readonly inputs: Record<string, { imports: { path: string; kind: string; external?: boolean }[] }>;
}

/** Bytes of the bundle as it is, and as it counts against the platform's limit. */
export function bundleSize(path: string): { bytes: number; gzipBytes: number } {
  const bundle = readFileSync(path);
  return { bytes: bundle.length, gzipBytes: gzipSync(bundle).length };
}
