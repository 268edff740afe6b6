import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import Stripe from "stripe";
import { expect, test } from "vitest";
import { STRIPE_CALLS } from "../../src/db/schema/vocabulary.ts";
import { sourceFiles } from "../support/source-files.ts";

const root = join(import.meta.dirname, "../..");

interface Source {
  readonly path: string;
  readonly text: string;
  /** Paths of our own files and names of packages. */
  readonly imports: readonly string[];
}

/** Every source below a folder, with what it imports. */
function sources(folder: string): Source[] {
  return sourceFiles(join(root, folder), /\.tsx?$/).map((name) => {
    const path = join(folder, name);
    const text = readFileSync(join(root, path), "utf8");
    const imports = Array.from(text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g), ([, target = ""]) =>
      target.startsWith(".") ? relative(root, join(root, dirname(path), target)) : target,
    );
    return { path, text, imports };
  });
}

/** The imports of these files that `allowed` refuses, as lines. */
const strays = (files: readonly Source[], allowed: (target: string, from: string) => boolean) =>
  files.flatMap(({ path, imports }) =>
    imports.filter((target) => !allowed(target, path)).map((target) => `${path} imports ${target}`),
  );

/** Words that stand for a person without saying which. */
const UNNAMED = /\b(?:nobody|somebody|anybody|whoever|everybody)\b/i;

const src = sources("src");
const product = src.filter(({ path }) => !path.startsWith("src/dev/"));

test("tools, resources and sources are found at all", () => {
  expect(src.length).toBeGreaterThan(80);
  expect(sources("tools").length).toBeGreaterThan(5);
});

test("only src/mcp speaks the MCP SDK", () => {
  const others = [...product, ...sources("tools"), ...sources("resources")].filter(
    ({ path }) => !path.startsWith("src/mcp/"),
  );
  expect(strays(others, (target) => !/^(@modelcontextprotocol\/|agents(\/|$))/.test(target))).toEqual([]);
});

test("tools and resources import from src and from packages, never each other and never a door", () => {
  for (const folder of ["tools", "resources"]) {
    const files = sources(folder).filter(({ path }) => path !== `${folder}/index.ts`);
    const fine = (target: string) => !/^(tools|resources|src\/(http|mcp|auth|dev))\//.test(target);
    expect(strays(files, fine)).toEqual([]);
  }
});

test("the product imports nothing of development", () => {
  expect(strays(product, (target) => !/^(src\/dev|seeds|test)\//.test(target))).toEqual([]);
});

test("only the sign-in code reads the Authorization header", () => {
  const reads = product.filter(({ text }) => /headers\.get\(\s*["'`]authorization/i.test(text)).map(({ path }) => path);
  expect(reads.filter((path) => !path.startsWith("src/auth/"))).toEqual([]);
});

test("no file says nobody, somebody, anybody, whoever or everybody: a sentence names who acts", () => {
  const texts = ["src", "tools", "resources"].flatMap((folder) =>
    sourceFiles(join(root, folder), /\.(tsx?|js|css|md|sql|toml)$/).map((name) => join(folder, name)),
  );
  expect(texts.length).toBeGreaterThan(400);
  const found = texts.flatMap((path) =>
    readFileSync(join(root, path), "utf8")
      .split("\n")
      .flatMap((line, index) => (UNNAMED.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
  expect(found).toEqual([]);
});

test("the vocabulary has each call to Stripe that the product makes", () => {
  const resources = "checkout.sessions|billingPortal.sessions|subscriptions|invoices|invoicePayments|paymentIntents";
  const call = new RegExp(
    `\\.(${resources}|charges|refunds|disputes|events|prices)\\s*\\.(create|expire|retrieve|list\\w*)\\(`,
    "g",
  );
  const made = product.flatMap(({ text }) => [...text.matchAll(call)].map(([, of, method]) => `${of}.${method}`));
  const names = made.map((name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  expect([...new Set([...names, "other"])].sort()).toEqual([...STRIPE_CALLS].sort());
});

test("the papers name the API version that the code was written against", () => {
  for (const paper of ["README.md", "DEPLOYING.md"]) {
    const named = readFileSync(join(root, paper), "utf8").match(/\d{4}-\d\d-\d\d\.[a-z]+/g);
    expect(named, paper).toEqual([Stripe.API_VERSION]);
  }
});

/** The tokens that a list costs a model. The snapshots are held against the server by `registry.test.ts`. */
function tokensOf(name: string, without?: string): number {
  const tools = JSON.parse(
    readFileSync(join(import.meta.dirname, `__snapshots__/${name}.tools.json`), "utf8"),
  ) as object[];
  return countTokens(JSON.stringify(tools, (key, value: unknown) => (key === without ? undefined : value)));
}

test("tools/list stays within its limits of tokens", () => {
  const all = tokensOf("mcp");
  const bare = tokensOf("mcp", "outputSchema");
  const open = tokensOf("mcp-public");
  console.info(`tools/list: ${all} tokens with output schemas, ${bare} without; public ${open} (o200k_base)`);
  expect(all).toBeLessThanOrEqual(3200);
  expect(bare).toBeLessThanOrEqual(2000);
  expect(open).toBeLessThanOrEqual(200);
});

test("no file has the marks of a conflict", () => {
  const written = /\.(?:tsx?|mjs|json|jsonc|sql|md|toml|css)$/;
  const folders = ["src", "tools", "resources", "test", "seeds", "migrations"].flatMap((folder) =>
    sourceFiles(join(root, folder), written).map((name) => join(folder, name)),
  );
  const papers = readdirSync(root).filter((name) => written.test(name));
  const marked = [...folders, ...papers].filter((path) =>
    /^(?:<{7}|>{7})( |$)/m.test(readFileSync(join(root, path), "utf8")),
  );
  expect(folders.length).toBeGreaterThan(700);
  expect(marked).toEqual([]);
});

test("what the owner sets to done is set by the console alone: no tool, resource or scheduled run can", () => {
  const setters = /\b(?:putTask|putFollowUp)\b/;
  const users = [...product, ...sources("tools"), ...sources("resources")].filter(
    ({ path, text }) => !path.startsWith("src/db/") && setters.test(text),
  );
  expect(users.map(({ path }) => path)).toEqual(["src/console/answers-page.tsx", "src/console/tasks-page.tsx"]);
  // The one path of a task outside of the console follows its access, and never to done.
  const follows = src.filter(({ text }) => /\bfollowEntitlement\b/.test(text)).map(({ path }) => path);
  expect(follows).toEqual(["src/db/purchases.ts", "src/db/tasks.ts"]);
});
