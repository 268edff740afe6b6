import type { z } from "zod";
import { PROSE_SECTIONS, storedSection, type WrittenProse } from "../../source-data/prose.ts";
import { type Business, type BusinessFile, type BusinessFiles, businessFileShapes } from "./business-shape.ts";
import { type Fault, faultsOf, SeedError } from "./faults.ts";
import { referenceFaults } from "./references/index.ts";

/** Files as parsed JSON, by their path in the folder of the business: `prices.json`, `prose/contract.json`. */
export type SeedFiles = Readonly<Record<string, unknown>>;

const businessPath = (file: BusinessFile): string => `${file}.json`;
const prosePath = (section: string): string => `prose/${section}.json`;

/** What a business has of a file that it does not need. Files without an entry have to be there. */
const UNWRITTEN: { readonly [F in BusinessFile]?: z.input<(typeof businessFileShapes)[F]> } = {
  offers: { stacks: [] },
  plans: { plans: [] },
  "access-catalog": { products: [], grantMaps: [] },
  affiliates: { programs: [] },
  "protected-content": { sections: [] },
  revocation: { revocationIntents: [] },
};

/**
 * Checks every file, then every reference between files. Throws a `SeedError` that lists all faults of the files, or else
 * all faults of the references.
 */
export function parseBusiness(files: SeedFiles): Business {
  const faults: Fault[] = [];
  const known = new Set<string>();
  const read = (path: string, shape: z.ZodType, unwritten?: unknown): unknown => {
    known.add(path);
    const raw = Object.hasOwn(files, path) ? files[path] : unwritten;
    if (raw === undefined) {
      faults.push({ file: path, path: [], message: "is missing" });
      return undefined;
    }
    const parsed = shape.safeParse(raw);
    if (parsed.success) return parsed.data;
    faults.push(...faultsOf(path, parsed.error.issues, raw));
    return undefined;
  };

  const entries = Object.entries(businessFileShapes).map(([file, shape]) => [
    file,
    read(businessPath(file as BusinessFile), shape, UNWRITTEN[file as BusinessFile]),
  ]);
  const sections = PROSE_SECTIONS.map((section) => [section, read(prosePath(section), storedSection(section), null)]);
  for (const path of Object.keys(files)) {
    if (!known.has(path)) faults.push({ file: path, path: [], message: "is not a file of a business" });
  }
  if (faults.length > 0) throw new SeedError(faults);

  // Each entry was parsed by the shape of its own name, which Object.fromEntries cannot carry in its type.
  const business = {
    files: Object.fromEntries(entries) as BusinessFiles,
    prose: Object.fromEntries(sections) as WrittenProse,
  };
  const unknown = referenceFaults(business);
  if (unknown.length > 0) throw new SeedError(unknown);
  return business;
}
