import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { BUSINESS_DIR, shownFolder } from "../local/root.ts";
import { parseBusiness, type SeedFiles } from "./business.ts";
import type { Business, BusinessFiles } from "./business-shape.ts";
import { devAccountsOf } from "./check-dev-accounts.ts";
import { type Fault, SeedError } from "./faults.ts";
import { readJsonText } from "./json-text.ts";
import { type DevAccount, parseStory, type Story } from "./story/shape.ts";

/** Whether a folder stands at a path. */
export const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** Folders of a business that hold no catalog: past sales and accounts of a developer's machine, and product files. */
const BESIDE = ["stories", "files"];

/** The files of a folder as they could be read. */
interface FolderRead {
  readonly files: SeedFiles;
  /** Of files that are not JSON. */
  readonly faults: readonly Fault[];
}

/** Reads the JSON files of a business, without those beside the catalog. Throws a `SeedError` without a folder. */
export function readFolder(folder: string = BUSINESS_DIR): FolderRead {
  if (!isFolder(folder)) {
    throw new SeedError([{ file: shownFolder(folder), path: [], message: "is not a folder: set BUSINESS_DIR to one" }]);
  }
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => name.split(sep).join("/"))
    .filter((name) => name.toLowerCase().endsWith(".json") && !BESIDE.includes(name.split("/")[0] ?? ""))
    .sort();
  const faults: Fault[] = [];
  const files: Record<string, unknown> = {};
  for (const name of names) {
    const read = readFile(folder, name);
    if ("fault" in read) faults.push(read.fault);
    else files[name] = read.value;
  }
  return { files, faults };
}

/** The business in the folder. Throws a `SeedError` with all its faults. */
export function businessFromFolder(folder?: string): Business {
  const { files, faults } = readFolder(folder);
  return parseBusiness(files, faults);
}

/** A story of the folder, checked against the business. */
export function storyFromFolder(business: Business, name = "reference", folder: string = BUSINESS_DIR): Story {
  const path = `stories/${name}.json`;
  return parseStory(path, readJson(folder, path), business);
}

/** The development accounts of a business: those of its `stories/accounts.json`, or a pair that is made from its owner. */
export function devAccountsFromFolder(
  profile: BusinessFiles["business"],
  folder: string = BUSINESS_DIR,
): readonly DevAccount[] {
  const path = "stories/accounts.json";
  return devAccountsOf(profile, existsSync(join(folder, path)) ? readJson(folder, path) : undefined);
}

function readJson(folder: string, path: string): unknown {
  const read = readFile(folder, path);
  if ("fault" in read) throw new SeedError([read.fault]);
  return read.value;
}

function readFile(folder: string, path: string): { readonly value: unknown } | { readonly fault: Fault } {
  const faulty = (message: string) => ({ fault: { file: path, path: [], message } });
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(join(folder, path)));
    const read = readJsonText(text);
    if (!("fault" in read)) return read;
    const { line, column, message } = read.fault;
    return faulty(`line ${line}, column ${column} ${message}`);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return faulty("is missing");
    if (error instanceof Error && "code" in error && error.code === "EISDIR")
      return faulty("is a folder: put a file there");
    if (error instanceof TypeError) return faulty("is not UTF-8: save it in that encoding");
    throw error;
  }
}
