import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, inject, test } from "vitest";
import { BUNDLE_LIMIT_KIB, bundleSize } from "../../src/dev/local/bundle.ts";
import { devPeople } from "../../src/dev/local/dev-people.ts";
import { BUSINESS_DIR } from "../../src/dev/local/root.ts";
import { businessFromFolder } from "../../src/dev/seeds/folder.ts";

const { bundle } = inject("server");
const text = readFileSync(bundle, "utf8");

test("the bundle holds nothing of the sandbox, the seeds or the accounts of development", () => {
  const { files } = businessFromFolder();
  const { owner, buyer } = devPeople();
  const words = [
    "stripe-sandbox",
    "/_sandbox",
    "SANDBOX_DB",
    "src/dev",
    "npm run",
    owner.password,
    owner.email,
    buyer.email,
    buyer.id,
    files.business.name,
    files.business.ownerUserId,
    ...readdirSync(BUSINESS_DIR).filter((name) => name.endsWith(".json")),
  ];
  expect(words.filter((word) => text.toLowerCase().includes(word.toLowerCase()))).toEqual([]);
});

test("the bundle is one module of at most 640 KiB, gzipped", () => {
  expect(BUNDLE_LIMIT_KIB).toBe(640);
  expect(bundleSize(bundle).gzipBytes).toBeLessThanOrEqual(640 * 1024);
  expect(readdirSync(dirname(bundle)).filter((name) => /\.(js|mjs|css|wasm)$/.test(name))).toEqual(["worker.js"]);
});

test("no dynamic import makes zod lazy: the order of imports decides nothing at start-up", () => {
  expect(lazyModules(bundle)).toEqual(["src/auth/no-memory-adapter.ts"]);
});

/**
 * The modules that the bundle imports dynamically. In a bundle of one module, such an import is initialized on first use; for
 * modules that import each other in a circle, as zod's, the order of first use decides whether they work.
 */
function lazyModules(bundle: string): string[] {
  const { inputs } = JSON.parse(readFileSync(join(dirname(bundle), "bundle-meta.json"), "utf8")) as Metafile;
  return Object.values(inputs)
    .flatMap(({ imports }) => imports)
    .filter(({ kind, external }) => kind === "dynamic-import" && !external)
    .map(({ path }) => path);
}

/** The part of esbuild's metafile that is read here. */
interface Metafile {
  readonly inputs: Record<string, { imports: { path: string; kind: string; external?: boolean }[] }>;
}
