import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "../../src/dev/local/root.ts";
import type { Line } from "./line.ts";

/** Every test runs on these: packages, settings, tables, the data of the businesses. */
const ALWAYS = ["package-lock.json", "vitest.config.ts", "wrangler.toml", "migrations", "seeds"];

/** What vitest.config.ts starts for a test of each kind. */
function besides(test: string): string[] {
  if (/^test\/(?:e2e|browser)\//.test(test)) return ["test/e2e/start.ts", "test/browser/start.ts"];
  return test.endsWith(".node.test.ts") ? [] : [SANDBOX, "test/support/standing-date.ts"];
}

/** A test that imports the bundler runs what it bundles, without importing it. */
const BUNDLER = "src/dev/local/bundle.ts";
const SANDBOX = "src/dev/stripe-sandbox/worker.ts";
const BUNDLED = ["src/worker.ts", SANDBOX];

/** Each file of ours with the files that it imports. Packages are left out: the lock file stands for them. */
export type Imports = ReadonlyMap<string, readonly string[]>;

/** Reads the imports of all that the lines run, in one pass. */
export async function readImports(lines: readonly Line[]): Promise<Imports> {
  const entries = new Set([...lines.flatMap(({ tests }) => [...tests, ...tests.flatMap(besides)]), ...BUNDLED]);
  const { metafile } = await build({
    entryPoints: [...entries].map((entry) => join(ROOT, entry)),
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
          plugin.onLoad({ filter: /\.(?:css|html|md|sql|toml|svg)$|-script\.js$/ }, ({ path }) => ({
            contents: readFileSync(path, "utf8"),
            loader: "text",
          }));
        },
      },
    ],
  });
  return new Map(
    Object.entries(metafile.inputs).map(([path, { imports }]) => [
      path,
      imports.flatMap((one) => (one.external ? [] : [one.path])),
    ]),
  );
}

/** The files that some entries import, themselves included. */
function reached(entries: readonly string[], imports: Imports): Set<string> {
  const found = new Set<string>();
  const open = [...entries];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    open.push(...(imports.get(path) ?? []));
  }
  return found;
}

/** Every file of a path, which may be a folder. */
function filesIn(path: string): string[] {
  if (!statSync(join(ROOT, path)).isDirectory()) return [path];
  return readdirSync(join(ROOT, path)).flatMap((name) => filesIn(join(path, name)));
}

/** The files that a line depends on, sorted, from the root. */
export function sourcesOf({ tests, sources = [] }: Line, imports: Imports): string[] {
  const own = reached([...tests, ...tests.flatMap(besides)], imports);
  const bundled = own.has(BUNDLER) ? reached(BUNDLED, imports) : [];
  return [...new Set([...own, ...bundled, ...[...ALWAYS, ...sources].flatMap(filesIn)])].sort();
}

/** By line, SHA-256 of the names and contents of the files that it depends on. */
export async function hashSources(lines: readonly Line[]): Promise<ReadonlyMap<string, string>> {
  const imports = await readImports(lines);
  const contents = new Map<string, string>();
  const hashOf = (path: string) => {
    const known =
      contents.get(path) ??
      createHash("sha256")
        .update(readFileSync(join(ROOT, path)))
        .digest("hex");
    contents.set(path, known);
    return known;
  };
  return new Map(
    lines.map((line) => {
      const listed = sourcesOf(line, imports).map((path) => `${path} ${hashOf(path)}\n`);
      return [line.id, createHash("sha256").update(listed.join("")).digest("hex")];
    }),
  );
}
