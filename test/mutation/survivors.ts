import type { Passed } from "./run-area.ts";

/** A change that no test of the run noticed, and why. */
export interface Survivor extends Passed {
  readonly why: "equivalent" | "not covered";
  readonly reason: string;
}

const KEPT_RESULT = {
  mutator: "CallExpression",
  replacement: ";",
  why: "equivalent",
  reason: "keeps what was built; without it the same is built again, more slowly",
} as const;

/** The survivors of the sample that were looked at, with the reason of each. */
const SURVIVORS: readonly Survivor[] = [
  { place: "src/base/secrets.ts:26:5", ...KEPT_RESULT },
  { place: "src/base/shown.ts:19:3", ...KEPT_RESULT },
  {
    place: "src/base/typed-amount.ts:21:42",
    mutator: "ConditionalExpression",
    replacement: "true",
    why: "equivalent",
    reason: "an empty sign equals no other that is not empty, so the comparison after it decides alone",
  },
  {
    place: "src/kernel/public-document.ts:26:68",
    mutator: "MethodExpression",
    replacement: "await sha256(text)",
    why: "equivalent",
    reason: "the whole hash as a tag tells the same documents apart as its first half",
  },
  {
    place: "src/commerce/purchase/money.ts:128:63",
    mutator: "EqualityOperator",
    replacement: "other.stripeInvoiceId >= one.stripeInvoiceId",
    why: "equivalent",
    reason: "no two invoices have one id",
  },
  {
    place: "src/commerce/purchase/changes.ts:191:7",
    mutator: "ConditionalExpression",
    replacement: "true",
    why: "equivalent",
    reason: "`repeated` is true only where there are a new state and one before; the two names are there for the types",
  },
  {
    place: "src/commerce/purchase/report.ts:183:71",
    mutator: "ConditionalExpression",
    replacement: "false",
    why: "equivalent",
    reason: "a null among the ids to look up finds no row",
  },
  {
    place: "src/commerce/purchase/trace-payment.ts:16:31",
    mutator: "ArithmeticOperator",
    replacement: "TRIPS_TO_ASK + TRIPS_TO_APPLY - 1",
    why: "not covered",
    reason: "a bound of the budget of a scheduled run: two trips less let a trace begin that the next run has to end",
  },
  {
    place: "src/auth/sign-in.ts:46:7",
    mutator: "ConditionalExpression",
    replacement: "false",
    why: "not covered",
    reason:
      "the library throws where the database fails; the check is for a 5xx that the library could answer instead of throwing",
  },
  {
    place: "src/auth/client-documents.ts:96:35",
    mutator: "OptionalChaining",
    replacement: "content.clientId",
    why: "equivalent",
    reason: "a fetch that throws is to the library what the answer 502 is: a client that it can't find",
  },
  {
    place: "src/auth/token-use.ts:116:9",
    mutator: "ConditionalExpression",
    replacement: "true",
    why: "equivalent",
    reason: "nothing reads the mark of a used code; it costs a write to KV, which test/counts/table.md would show",
  },
  {
    place: "src/auth/erasure.ts:36:7",
    mutator: "ConditionalExpression",
    replacement: "false",
    why: "equivalent",
    reason: "the other statements name an account; where there is none they find no row",
  },
  {
    place: "src/base/shown.ts:63:82",
    mutator: "StringLiteral",
    replacement: '""',
    why: "equivalent",
    reason: "the name under which a format is kept; it has to differ from the other name alone",
  },
  {
    place: "migrations/0022_recount_ledger_entries.sql:3",
    mutator: "affiliate_commission_ledger_entries_recount without OLD.payout_status <> NEW.payout_status",
    replacement: "WHEN OLD.ledger_status <> NEW.ledger_status OR OLD.review_status <> NEW.review_status",
    why: "equivalent",
    reason: "a CHECK allows one word for the status of a payout, so it never changes",
  },
];

/** What is known of a change that no test noticed. */
export const survivorAt = ({ place, mutator, replacement }: Passed): Survivor | undefined =>
  SURVIVORS.find((one) => one.place === place && one.mutator === mutator && one.replacement === replacement);
