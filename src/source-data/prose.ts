import * as z from "zod";

const words = z.string().min(1);
const issue = z.int().positive();
/** The prose of one contract of the document. */
const boundary = z.strictObject({
  issue,
  parentIssue: issue,
  relatedIssues: z.array(issue),
  writeBoundary: words,
});
/** The fields that the document lists for a write. The list is data, and may differ from what the route answers. */
const publicSafeFields = z.array(words).min(1);
const boundaryWithFields = boundary.extend({ publicSafeFields });

/**
 * The prose of the published documents, a shape for each section: sentences, titles, issue numbers and dates
 * that stand neither in the database's other tables nor in the declarations.
 */
export const proseSections = {
  document: z.strictObject({ id: words }),
  contract: z.strictObject({
    id: words,
    issue,
    firstCheckoutIssue: issue,
    status: words,
    summary: words,
    notLiveYet: z.array(words),
  }),
  "self-serve-pricing": z.strictObject({
    id: words,
    status: words,
    issue,
    updatedAt: z.iso.date("must be a date as YYYY-MM-DD"),
    setupAddon: z.strictObject({ slug: words, name: words, label: words, description: words }),
    provisioning: words,
    webhookCaveat: words,
  }),
  "sandbox-checkout": z.strictObject({ issue, orderBumpIssue: issue, entitlementGrantIssue: issue }),
  "referral-attribution": boundaryWithFields,
  "commission-ledger": boundaryWithFields,
  "review-actions": boundary,
  "post-purchase-decisions": boundaryWithFields,
  "secret-names": z.record(words, z.strictObject({ storage: words, visibility: words })),
  "source-references": z.array(
    z.strictObject({
      id: words,
      title: words,
      url: z.url("must be a URL"),
      retrievedAt: z.iso.date("must be a date as YYYY-MM-DD"),
      confidence: z.enum(["high", "medium", "low"]),
    }),
  ),
  decisions: z.array(
    z.strictObject({ id: words, title: words, status: words, summary: words, evidence: z.array(words) }),
  ),
  tables: z.array(z.strictObject({ table: words, status: words, purpose: words })),
  "agent-write-rules": z.array(words),
  affiliates: z.strictObject({
    id: words,
    status: words,
    clickWriteBoundary: words,
    clickPublicSafeFields: publicSafeFields,
    writeBoundary: words,
    caveat: words,
  }),
} as const;

type ProseSection = keyof typeof proseSections;
/** Every section's prose, checked. */
export type Prose = { readonly [S in ProseSection]: z.output<(typeof proseSections)[S]> };

/** The names of all sections. */
export const PROSE_SECTIONS = Object.keys(proseSections) as readonly ProseSection[];

const proseShape = z.object(proseSections);

/** Reads the rows of `published_prose`. Throws on a section that is missing or malformed. */
export function parseProse(rows: readonly { readonly section: string; readonly valueJson: string }[]): Prose {
  return proseShape.parse(Object.fromEntries(rows.map((row) => [row.section, JSON.parse(row.valueJson)])));
}
