import { readdirSync, readFileSync } from "node:fs";
import { join, posix, sep } from "node:path";
import { ROOT } from "../local/root.ts";
import { parseBusiness, type SeedFiles } from "./business.ts";
import type { Business } from "./business-shape.ts";
import { SeedError } from "./faults.ts";
import { type DevAccount, parseDevAccounts, parseStory, type Story } from "./story/shape.ts";

/** Reads every JSON file below `seeds/business/`. Node only. Throws a `SeedError` for a file that is not JSON. */
export function readSeedFiles(root: string = ROOT): SeedFiles {
  const folder = join(root, "seeds", "business");
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
  return Object.fromEntries(
    names.sort().map((name) => readJson(root, posix.join("seeds/business", name.split(sep).join("/")))),
  );
}

/** The business in the folder, checked. */
export const businessFromFolder = (root?: string): Business => parseBusiness(readSeedFiles(root));

/** A story of the folder, checked against the business. */
export function storyFromFolder(business: Business, name = "reference", root: string = ROOT): Story {
  const [path, raw] = readJson(root, `seeds/stories/${name}.json`);
  return parseStory(path, raw, business);
}

/** The development accounts, checked. */
export function devAccountsFromFolder(root: string = ROOT): readonly DevAccount[] {
  const [path, raw] = readJson(root, "seeds/stories/accounts.json");
  return parseDevAccounts(path, raw);
}

function readJson(root: string, path: string): [string, unknown] {
  try {
    return [path, JSON.parse(readFileSync(join(root, path), "utf8"))];
  } catch (error) {
    throw new SeedError([
      { file: path, path: [], message: `is not JSON: ${error instanceof Error ? error.message : ""}` },
    ]);
  }
}
