import { readdirSync } from "node:fs";
import { join } from "node:path";

/** The files below a folder, as paths from it. Folders with a dot are left out: builds write there while tests run. */
export function sourceFiles(folder: string, ending: RegExp): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith(".")) return [];
    if (entry.isDirectory()) return sourceFiles(join(folder, entry.name), ending).map((name) => join(entry.name, name));
    return ending.test(entry.name) ? [entry.name] : [];
  });
}
