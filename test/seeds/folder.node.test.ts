import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseBusiness } from "../../src/dev/seeds/business.ts";
import {
  businessFromFolder,
  devAccountsFromFolder,
  readSeedFiles,
  storyFromFolder,
} from "../../src/dev/seeds/folder.ts";
import { bundledDevAccounts, bundledFiles, bundledReferenceStory } from "../support/bundled-seeds.ts";

test("the folder and the bundled modules hold the same files", () => {
  const files = readSeedFiles();
  expect(Object.keys(files).sort()).toEqual(Object.keys(bundledFiles).sort());
  expect(files).toEqual(bundledFiles);
  const business = businessFromFolder();
  expect(business).toEqual(parseBusiness(bundledFiles));
  expect(storyFromFolder(business)).toEqual(bundledReferenceStory(business));
  expect(devAccountsFromFolder()).toEqual(bundledDevAccounts());
});

test("a file that is no JSON is named", () => {
  const root = mkdtempSync(join(tmpdir(), "seeds-"));
  try {
    mkdirSync(join(root, "seeds", "business"), { recursive: true });
    writeFileSync(join(root, "seeds", "business", "prices.json"), "{ prices: [] }");
    expect(() => readSeedFiles(root)).toThrow("seeds/business/prices.json: is not JSON");
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("the command writes catalog rows as SQL, and nothing of a story or an account", () => {
  const text = execFileSync(process.execPath, ["src/dev/seeds/cli.ts", "--sql"], { encoding: "utf8" });
  const tables = new Set(Array.from(text.matchAll(/^INSERT INTO (\w+) /gm), (match) => match[1]));
  expect(tables.has("commerce_prices")).toBe(true);
  for (const table of ["checkout_intents", "operations", "payment_audit_events", "account", "session"]) {
    expect(tables.has(table)).toBe(false);
  }
  expect(text).not.toContain("story");
});
