import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "../../src/dev/local/root.ts";
import type { Line } from "./line.ts";

/** Every test runs on these: packages, settings, tables, the data of the businesses. */
const ALWAYS = ["package-lock.json", "vitest.config.ts", "wrangler.toml", "migrations", "seeds"];

/** What runs beside a test of each kind, as vitest.config.ts starts it. */
function besides(test: string): string[] {
  if (/^test\/(?:e2e|browser)\//.test(test)) return ["test/e2e/start.ts", "test/browser/start.ts"];
  return test.endsWith(".node.test.ts") ? [] : [SANDBOX];
}

/** A test that imports the first of these runs the others, which it does not import. */
const BUNDLER = "src/dev/local/bundle.ts";
const SANDBOX = "src/dev/stripe-sandbox/worker.ts";
const BUNDLED = ["src/worker.ts", SANDBOX];

/** The files that some entries import, themselves included. Packages are left out: the lock file stands for them. */
async function importedBy(entries: readonly string[]): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: entries.map((entry) => join(ROOT, entry)),
    absWorkingDir: ROOT,
    bundle: true,
    metafile: true,
    write: false,
    outdir: "unwritten",
    format: "esm",
    platform: "node",
    target: "esnext",
    jsx: "automatic",
    packages: "external",
    logLevel: "silent",
    plugins: [
      {
        name: "text",
        setup(plugin) {
          plugin.onResolve({ filter: /\?raw$/ }, ({ path, resolveDir }) => ({
            path: join(resolveDir, path.slice(0, -4)),
          }));
          plugin.onResolve({ filter: /^(?:node|cloudflare|virtual):/ }, ({ path }) => ({ path, external: true }));
          plugin.onLoad({ filter: /\.(?:css|html|sql|toml|svg)$|-script\.js$/ }, ({ path }) => ({
            contents: readFileSync(path, "utf8"),
            loader: "text",
          }));
        },
      },
    ],
  });
  return Object.keys(metafile.inputs);
}

/** Every file of a path, which may be a folder. */
function filesIn(path: string): string[] {
  if (!statSync(join(ROOT, path)).isDirectory()) return [path];
  return readdirSync(join(ROOT, path)).flatMap((name) => filesIn(join(path, name)));
}

/** The files that a line depends on, sorted, from the root. */
export async function sourcesOf({ tests, sources = [] }: Line): Promise<string[]> {
  const found = await importedBy([...tests, ...tests.flatMap(besides)]);
  if (found.includes(BUNDLER)) found.push(...(await importedBy(BUNDLED)));
  return [...new Set([...found, ...[...ALWAYS, ...sources].flatMap(filesIn)])].sort();
}

const hashes = new Map<string, Promise<string>>();

/**
 * SHA-256 of the names and contents of the files that a line depends on, as they were at the first call of this process:
 * Ctrl-C stops esbuild too, and a result belongs to the sources that its run began with.
 */
export function hashOfSources(line: Line): Promise<string> {
  const known = hashes.get(line.id) ?? hashNow(line);
  hashes.set(line.id, known);
  return known;
}

async function hashNow(line: Line): Promise<string> {
  const hash = createHash("sha256");
  for (const path of await sourcesOf(line)) {
    hash.update(`${path}\n`).update(
      createHash("sha256")
        .update(readFileSync(join(ROOT, path)))
        .digest(),
    );
  }
  return hash.digest("hex");
}
