import { join, relative, resolve } from "node:path";
import { shellWord } from "./shell-word.ts";

/** The folder of the repository. */
export const ROOT = join(import.meta.dirname, "..", "..", "..");

/** The folder of the business that the scripts work with: the environment variable `BUSINESS_DIR`, or the reference. */
export const BUSINESS_DIR = resolve(process.env.BUSINESS_DIR || join(ROOT, "seeds", "reference"));

/** A folder as a person would type it here. */
export function shownFolder(folder: string): string {
  const fromHere = relative(process.cwd(), folder) || ".";
  return fromHere.startsWith("..") ? folder : fromHere;
}

/** What stands before a command so that it works with this business: empty for the reference. */
export const BUSINESS_PREFIX = process.env.BUSINESS_DIR ? `BUSINESS_DIR=${shellWord(process.env.BUSINESS_DIR)} ` : "";

/** The folder in which `npm run dev` keeps databases and secrets: each business has its own, by its path from `seeds/`. */
export const STATE = join(
  ROOT,
  ".state",
  relative(join(ROOT, "seeds"), BUSINESS_DIR)
    .replaceAll(/[^\w.-]+/g, "-")
    .replace(/^[.-]+/, "") || "seeds",
);
