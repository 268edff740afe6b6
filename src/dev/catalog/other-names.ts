import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { ROOT } from "../local/root.ts";
import type { SeedFiles } from "../seeds/business.ts";
import type { Fault } from "../seeds/faults.ts";
import { isFolder } from "../seeds/folder.ts";

/** A business in a folder beside the checked one, or in `seeds/`. */
interface OtherBusiness {
  readonly folder: string;
  readonly names: readonly string[];
  /** Its longer texts, word for word. */
  readonly texts: ReadonlySet<string>;
}

/** The length from which equal texts were copied: shorter ones may be equal by chance. */
const LONG = 40;

/** The businesses whose words the one in `folder` may have been copied from. */
export function otherBusinesses(folder: string): OtherBusiness[] {
  const parents = new Set([join(ROOT, "seeds"), dirname(folder)]);
  const folders = [...parents].flatMap((parent) =>
    isFolder(parent) ? readdirSync(parent).map((name) => resolve(parent, name)) : [],
  );
  return [...new Set(folders)]
    .filter((other) => other !== resolve(folder) && existsSync(join(other, "business.json")))
    .flatMap((other) => {
      const profile = jsonIn(other, "business.json") as { name?: unknown; confirmationName?: unknown } | undefined;
      const names = [profile?.name, profile?.confirmationName].filter(
        (name) => typeof name === "string" && name !== "",
      );
      const prose = join(other, "prose");
      const files = isFolder(prose) ? readdirSync(prose).filter((name) => name.endsWith(".json")) : [];
      const texts = files.flatMap((name) => textsOf(jsonIn(prose, name)).map(({ text }) => text));
      return [{ folder: other, names: names as string[], texts: new Set(texts.filter((text) => text.length >= LONG)) }];
    });
}

/** Texts of the files that name another business, or are word for word those of another one. */
export function proseWarnings(files: SeedFiles, others: readonly OtherBusiness[]): Fault[] {
  const profile = files["business.json"] as { name?: unknown; confirmationName?: unknown } | undefined;
  const own = new Set([profile?.name, profile?.confirmationName]);
  return Object.entries(files).flatMap(([file, content]) =>
    textsOf(content).flatMap(({ path, text }): Fault[] => {
      for (const { folder, names, texts } of others) {
        const named = names.find((name) => !own.has(name) && words(name).test(text));
        if (named !== undefined) {
          return [
            {
              file,
              path,
              message: `names another business, ${named} of ${shown(folder)}: write your own words, or take the text out`,
            },
          ];
        }
        if (file.startsWith("prose/") && texts.has(text)) {
          return [
            {
              file,
              path,
              message: `is word for word the text of ${shown(folder)}: write your own words, or delete the file`,
            },
          ];
        }
      }
      return [];
    }),
  );
}

const shown = (folder: string): string => folder.split("/").slice(-2).join("/");

/** The name as words of their own: capitals count, so that `oak` is not the business `Oak`. */
function words(name: string): RegExp {
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, "u");
}

function textsOf(value: unknown, path: readonly PropertyKey[] = []): { path: readonly PropertyKey[]; text: string }[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (typeof value !== "object" || value === null) return [];
  const isList = Array.isArray(value);
  return Object.entries(value).flatMap(([key, one]) => textsOf(one, [...path, isList ? Number(key) : key]));
}

function jsonIn(folder: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, name), "utf8"));
  } catch {
    return undefined;
  }
}
