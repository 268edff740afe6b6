import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { BUSINESS_DIR, shownFolder } from "../local/root.ts";
import { parseBusiness, type SeedFiles } from "./business.ts";
import type { Business } from "./business-shape.ts";
import { devAccountsOf } from "./dev-people.ts";
import { SeedError } from "./faults.ts";
import { type DevAccount, parseStory, type Story } from "./story/shape.ts";

/** Folders of a business that hold no catalog: past sales and accounts of a developer's machine, and product files. */
const BESIDE = ["stories", "files"];

/** Reads the JSON files of a business, without those beside the catalog. Throws a `SeedError` for a file that is not JSON. */
export function readSeedFiles(folder: string = BUSINESS_DIR): SeedFiles {
  if (!existsSync(folder)) {
    throw new SeedError([{ file: shownFolder(folder), path: [], message: "is not a folder: set BUSINESS_DIR to one" }]);
  }
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => name.split(sep).join("/"))
    .filter((name) => name.endsWith(".json") && !BESIDE.includes(name.split("/")[0] ?? ""));
  return Object.fromEntries(names.sort().map((name) => [name, readJson(folder, name)]));
}

/** The business in the folder, checked. */
export const businessFromFolder = (folder?: string): Business => parseBusiness(readSeedFiles(folder));

/** A story of the folder, checked against the business. */
export function storyFromFolder(business: Business, name = "reference", folder: string = BUSINESS_DIR): Story {
  const path = `stories/${name}.json`;
  return parseStory(path, readJson(folder, path), business);
}

/** The development accounts of the business: those of its `stories/accounts.json`, or a pair that is made from its owner. */
export function devAccountsFromFolder(business: Business, folder: string = BUSINESS_DIR): readonly DevAccount[] {
  const path = "stories/accounts.json";
  return devAccountsOf(business, existsSync(join(folder, path)) ? readJson(folder, path) : undefined);
}

function readJson(folder: string, path: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, path), "utf8"));
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const message = isMissing ? "is missing" : `is not JSON: ${error instanceof Error ? error.message : ""}`;
    throw new SeedError([{ file: path, path: [], message }]);
  }
}
