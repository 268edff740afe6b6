import * as z from "zod";
import type { Parts } from "../kernel/parts.ts";
import { neutralProse } from "./neutral-prose.ts";

const words = z.string().min(1);
const issue = z.int().positive();
const date = z.iso.date("must be a date as YYYY-MM-DD");
/** The fields that the document lists for a write. The list is data, and may differ from what the route answers. */
const publicSafeFields = z.array(words).min(1);
/** The prose of one contract of the document. */
const boundary = z.strictObject({
  issue: issue.optional(),
  parentIssue: issue.optional(),
  relatedIssues: z.array(issue).optional(),
  writeBoundary: words.optional(),
});
const boundaryWithFields = boundary.extend({ publicSafeFields: publicSafeFields.optional() });

/**
 * The prose of the published documents, a shape for each section: sentences, titles, issue numbers and dates that stand
 * neither in the database's other tables nor in the declarations. A business may leave out each section and each field:
 * sentences are then ours (`neutralProse`), numbers, dates and addresses are then not in the document.
 */
export const proseSections = {
  document: z.strictObject({ id: words }).partial(),
  contract: z
    .strictObject({
      id: words,
      issue,
      firstCheckoutIssue: issue,
      status: words,
      summary: words,
      notLiveYet: z.array(words),
    })
    .partial(),
  "self-serve-pricing": z
    .strictObject({
      id: words,
      status: words,
      issue,
      updatedAt: date,
      setupAddon: z.strictObject({ slug: words, name: words, label: words, description: words }).partial(),
      provisioning: words,
      webhookCaveat: words,
    })
    .partial(),
  "sandbox-checkout": z.strictObject({ issue, orderBumpIssue: issue, entitlementGrantIssue: issue }).partial(),
  "referral-attribution": boundaryWithFields,
  "commission-ledger": boundaryWithFields,
  "review-actions": boundary,
  "post-purchase-decisions": boundaryWithFields,
  "secret-names": z.record(words, z.strictObject({ storage: words, visibility: words }).partial()),
  "source-references": z.array(
    z.strictObject({
      id: words,
      title: words,
      url: z.url("must be a URL").optional(),
      retrievedAt: date.optional(),
      confidence: z.enum(["high", "medium", "low"]).optional(),
    }),
  ),
  decisions: z.array(
    z.strictObject({
      id: words,
      title: words,
      status: words.optional(),
      summary: words,
      evidence: z.array(words).optional(),
    }),
  ),
  tables: z.array(z.strictObject({ table: words, status: words.optional(), purpose: words.optional() })),
  "agent-write-rules": z.array(words).min(1),
  affiliates: z
    .strictObject({
      id: words,
      status: words,
      clickWriteBoundary: words,
      clickPublicSafeFields: publicSafeFields,
      writeBoundary: words,
      caveat: words,
    })
    .partial(),
} as const;

type ProseSection = keyof typeof proseSections;
/** The prose that a business wrote, checked; null for a section of which it says nothing. */
export type WrittenProse = { readonly [S in ProseSection]: z.output<(typeof proseSections)[S]> | null };

/** The names of all sections. */
export const PROSE_SECTIONS = Object.keys(proseSections) as readonly ProseSection[];

/** The shape of a section as it is stored: null is a section of which the business says nothing. The keys are those of the list. */
const STORED = Object.fromEntries(
  PROSE_SECTIONS.map((section) => [section, z.nullable(proseSections[section] as z.ZodType)]),
) as unknown as Record<ProseSection, z.ZodType>;

/** The prose of a business, with our words where it says nothing. */
export type Prose = ReturnType<typeof parseProse>;

/** Reads the rows of `published_prose`, and fills in what they leave out. Throws on a section that is malformed. */
export function parseProse(
  rows: readonly { readonly section: string; readonly valueJson: string }[],
  parts: Parts,
  delivers = false,
) {
  const stored = new Map(rows.map((row) => [row.section, row.valueJson]));
  const read = <S extends ProseSection>(section: S): WrittenProse[S] =>
    STORED[section].parse(JSON.parse(stored.get(section) ?? "null")) as WrittenProse[S];
  const neutral = neutralProse(parts, delivers);
  return {
    document: over(neutral.document, read("document")),
    contract: over(neutral.contract, read("contract")),
    "self-serve-pricing": over(neutral["self-serve-pricing"], read("self-serve-pricing")),
    "sandbox-checkout": read("sandbox-checkout") ?? {},
    "referral-attribution": over(neutral["referral-attribution"], read("referral-attribution")),
    "commission-ledger": over(neutral["commission-ledger"], read("commission-ledger")),
    "review-actions": over(neutral["review-actions"], read("review-actions")),
    "post-purchase-decisions": over(neutral["post-purchase-decisions"], read("post-purchase-decisions")),
    "secret-names": read("secret-names") ?? {},
    "source-references": read("source-references") ?? undefined,
    decisions: read("decisions") ?? neutral.decisions,
    tables: read("tables") ?? [],
    "agent-write-rules": read("agent-write-rules") ?? neutral["agent-write-rules"],
    affiliates: over(neutral.affiliates, read("affiliates")),
  };
}

/** Ours, with what was written over it. Parsed JSON has no key without a value, so each key of ours keeps one. */
export function over<Ours extends object, Written extends object>(
  ours: Ours,
  written: Written | null | undefined,
): Ours & Omit<Written, keyof Ours> {
  return { ...ours, ...written } as Ours & Omit<Written, keyof Ours>;
}
