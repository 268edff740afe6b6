import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../../src/dev/local/root.ts";
import { control } from "../../../src/dev/stripe-sandbox/control.ts";
import { sourceFiles } from "../../support/source-files.ts";

const SANDBOX = join(ROOT, "src", "dev", "stripe-sandbox");
/** What the sandbox needs beside its own files, as its README says. */
const PACKAGES = ["hono", "stripe", "zod"];

test("the sandbox's README names every way to steer it, and none that is not there", () => {
  const readme = readFileSync(join(SANDBOX, "README.md"), "utf8");
  const [, table = ""] = readme.split("| call | what happens |");
  const [rows = ""] = table.split("\n\n");
  const named = Array.from(rows.matchAll(/^\| `((?:GET|POST|DELETE)) \/_sandbox(\/[^`]*)`/gm), ([, method, path]) =>
    [method, path].join(" "),
  );
  const answered = control.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path}`);
  expect(named.toSorted()).toEqual([...new Set(answered)].toSorted());
  expect(named.length).toBeGreaterThan(15);
});

test("the sandbox imports its own files and three packages, nothing of the product", () => {
  const files = sourceFiles(SANDBOX, /\.ts$/);
  const imported = files.flatMap((name) =>
    Array.from(
      readFileSync(join(SANDBOX, name), "utf8").matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g),
      ([, specifier = ""]) => specifier,
    ),
  );
  const own = new Set(files.map((name) => `./${name}`));
  const others = imported.filter((specifier) => !own.has(specifier.replace(/\?raw$/, "")));
  expect([...new Set(others.map((specifier) => specifier.split("/")[0]))].toSorted()).toEqual(PACKAGES);
});
