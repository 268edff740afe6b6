import type { z } from "zod";
import { PROSE_SECTIONS, type Prose } from "../../source-data/prose.ts";
import { type BusinessFile, businessFileShapes, proseSections } from "./business-shape.ts";
import { type Fault, faultsOf, SeedError } from "./faults.ts";
import { referenceFaults } from "./references/index.ts";

/** Files as parsed JSON, by their path from the root of the repository: `seeds/business/prices.json`. */
export type SeedFiles = Readonly<Record<string, unknown>>;

type Files = { readonly [F in BusinessFile]: z.output<(typeof businessFileShapes)[F]> };

/** A business as its seeds describe it: every field checked, every id that is named known. */
export interface Business {
  readonly files: Files;
  readonly prose: Prose;
}

export const businessPath = (file: BusinessFile): string => `seeds/business/${file}.json`;
export const prosePath = (section: string): string => `seeds/business/prose/${section}.json`;

/** Checks every file, then every reference between them. Throws one SeedError that names all faults of the step. */
export function parseBusiness(files: SeedFiles): Business {
  const faults: Fault[] = [];
  const known = new Set<string>();
  const read = (path: string, shape: z.ZodType): unknown => {
    known.add(path);
    if (!Object.hasOwn(files, path)) {
      faults.push({ file: path, path: [], message: "is missing" });
      return undefined;
    }
    const parsed = shape.safeParse(files[path]);
    if (parsed.success) return parsed.data;
    faults.push(...faultsOf(path, parsed.error.issues, files[path]));
    return undefined;
  };

  const entries = Object.entries(businessFileShapes).map(([file, shape]) => [
    file,
    read(businessPath(file as BusinessFile), shape),
  ]);
  const sections = PROSE_SECTIONS.map((section) => [section, read(prosePath(section), proseSections[section])]);
  for (const path of Object.keys(files)) {
    if (!known.has(path)) faults.push({ file: path, path: [], message: "is not a file of a business" });
  }
  if (faults.length > 0) throw new SeedError(faults);

  // Each entry was parsed by the shape of its own name, which Object.fromEntries cannot carry in its type.
  const business = { files: Object.fromEntries(entries) as Files, prose: Object.fromEntries(sections) as Prose };
  const unknown = referenceFaults(business);
  if (unknown.length > 0) throw new SeedError(unknown);
  return business;
}
