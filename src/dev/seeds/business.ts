import type { z } from "zod";
import { PROSE_SECTIONS, proseSections, type WrittenProse } from "../../source-data/prose.ts";
import { type Business, type BusinessFile, type BusinessFiles, businessFileShapes } from "./business-shape.ts";
import { type Fault, faultsOf, fieldText, SeedError } from "./faults.ts";
import { meant } from "./near-name.ts";
import { emptyTaint, recovered, withoutFollowers } from "./recover.ts";
import { referenceFaults } from "./references/index.ts";
import { textFaults } from "./text-rules.ts";

/** Files as parsed JSON, by their path in the folder of the business: `prices.json`, `prose/contract.json`. */
export type SeedFiles = Readonly<Record<string, unknown>>;

const BUSINESS_FILES = Object.keys(businessFileShapes) as readonly BusinessFile[];
const businessPath = (file: BusinessFile): string => `${file}.json`;
const prosePath = (section: string): string => `prose/${section}.json`;

/** Each file without rows, for one that is left out. */
const EMPTY: { readonly [F in Exclude<BusinessFile, "business">]: z.input<(typeof businessFileShapes)[F]> } = {
  products: { products: [] },
  prices: { prices: [] },
  offers: { stacks: [] },
  plans: { plans: [] },
  "access-catalog": { products: [], grantMaps: [] },
  affiliates: { programs: [] },
  "protected-content": { sections: [] },
  revocation: { revocationIntents: [] },
};

/** Files that have to be there. The others may be left out. */
const NEEDED: readonly BusinessFile[] = ["business", "products", "prices"];

/** A checked business, or every fault that was found. */
interface CheckedBusiness {
  /** Undefined where a file has a fault. */
  readonly business: Business | undefined;
  readonly faults: readonly Fault[];
  /** `business.json`; undefined where it has a fault. */
  readonly profile: BusinessFiles["business"] | undefined;
}

/**
 * Checks every file and every reference between files. Rows with faults of their own are left out of the references, and a
 * fault that may follow from one of them is not told. `unread` are faults of files that could not be read at all.
 */
export function checkBusiness(files: SeedFiles, unread: readonly Fault[] = []): CheckedBusiness {
  const faults: Fault[] = [...unread];
  const unreadable = new Set(unread.map(({ file }) => file));
  const known = [...BUSINESS_FILES.map(businessPath), ...PROSE_SECTIONS.map(prosePath)];
  const unknownFiles: Fault[] = [];
  /** Files that are there under another spelling. */
  const misnamed = new Set<string>();
  for (const path of Object.keys(files)) {
    if (known.includes(path)) continue;
    const meantFile = known.find((name) => name.toLowerCase() === path.toLowerCase());
    if (meantFile && !Object.hasOwn(files, meantFile)) misnamed.add(meantFile);
    const way = meantFile ? `: rename it to ${meantFile}` : meant(path, known);
    unknownFiles.push({ file: path, path: [], message: `is not a file of a business${way}` });
  }
  const tainted = emptyTaint();
  const read = (path: string, shape: z.ZodType, unwritten?: unknown): unknown => {
    const raw = Object.hasOwn(files, path) ? files[path] : unwritten;
    if (unreadable.has(path) || misnamed.has(path)) return lost(path);
    if (raw === undefined) {
      faults.push({ file: path, path: [], message: "is missing" });
      return lost(path);
    }
    const parsed = shape.safeParse(raw);
    const ofShape = parsed.success ? [] : faultsOf(path, parsed.error.issues, raw, shape);
    // A field's own rule says more than that of all texts.
    const told = new Set(ofShape.map((fault) => fieldText(fault.path)));
    faults.push(...ofShape, ...textFaults(path, raw).filter((fault) => !told.has(fieldText(fault.path))));
    if (parsed.success) return parsed.data;
    return recovered(path, shape, raw, parsed.error.issues, tainted) ?? lost(path);
  };
  const lost = (path: string): undefined => void tainted.lost.add(path);

  const entries = BUSINESS_FILES.map((file) => {
    const empty = file === "business" ? undefined : EMPTY[file];
    const shape = businessFileShapes[file];
    const found = read(businessPath(file), shape, NEEDED.includes(file) ? undefined : empty);
    return [file, found ?? shape.safeParse(empty).data];
  });
  const prose = (path: string, shape: z.ZodType) => (Object.hasOwn(files, path) ? read(path, shape) : null);
  const sections = PROSE_SECTIONS.map((section) => [section, prose(prosePath(section), proseSections[section])]);

  // Each entry was parsed by the shape of its own name, which Object.fromEntries cannot carry in its type.
  const business = {
    files: Object.fromEntries(entries) as BusinessFiles,
    prose: Object.fromEntries(sections) as WrittenProse,
  };
  faults.push(...unknownFiles, ...withoutFollowers(referenceFaults(business, tainted.lost), tainted));
  return { business: faults.length > 0 ? undefined : business, faults, profile: business.files.business };
}

/** The business in the files. Throws a `SeedError` that lists all faults. */
export function parseBusiness(files: SeedFiles, unread: readonly Fault[] = []): Business {
  const { business, faults } = checkBusiness(files, unread);
  if (!business) throw new SeedError(faults);
  return business;
}
