import { MUTANTS } from "../mutation/parts.ts";
import { mutationSources } from "../mutation/sources.ts";
import { suiteFiles } from "../support/suite-files.ts";
import { DEFECTS } from "./defects/list.ts";
import type { Line } from "./line.ts";

/** The suite that every confirmed write passes, for each of them. */
const EVERY_WRITE = [
  "test/tools/create-commission-evidence.test.ts",
  "test/tools/expire-checkout.test.ts",
  "test/tools/record-post-purchase-decision.test.ts",
  "test/tools/record-revocation-intent.test.ts",
  "test/tools/review-commission-evidence.test.ts",
  "test/tools/start-checkout.test.ts",
  "test/tools/start-plan-checkout.test.ts",
  "test/tools/upload-inline.test.ts",
  "test/tools/upload-link.test.ts",
];

/** Every order of the events of each life. */
const EVERY_ORDER = [
  "test/life/orders-of-late-payments.test.ts",
  "test/life/orders-of-passes.test.ts",
  "test/life/orders-of-plans.test.ts",
  "test/life/orders-of-split-payments.test.ts",
  "test/life/orders-of-taxed-sales.test.ts",
];

/** What the server promises, and the tests that show it. `test/REPORT.md` is made from it. */
export const promises: readonly Line[] = [
  {
    id: "P1",
    title: "The same key with the same arguments: one effect, and the same answer",
    promised: "10,000 generated calls of every write: at most 1 effect a key, replays equal byte for byte",
    tests: ["test/fuzz/generated-calls.test.ts"],
    full: { count: "calls", size: 10_000 },
  },
  {
    id: "P2",
    title: "The same key with other arguments: refused, and nothing written",
    promised: "each refused with idempotency_conflict; the whole database is compared after each group of calls",
    tests: ["test/fuzz/generated-calls.test.ts"],
  },
  {
    id: "P3",
    title: "Many at once: one winner",
    promised: "2 to 200 calls at once on every write, under one key, and under a key each about one version: 1 winner",
    tests: ["test/fuzz/racers.test.ts"],
  },
  {
    id: "P4",
    title: "No crash leaves two sessions whose link was given out",
    promised:
      "each round trip to D1 lost before or after it ran, each pair of those, each fault of Stripe: 1 link for a checkout",
    tests: ["test/stories/start-checkout-faults.test.ts", ...EVERY_WRITE],
  },
  {
    id: "P5",
    title: "No crash leaves an operation stuck",
    promised: "each call is settled by at most 2 retries after the faults stop",
    tests: ["test/stories/start-checkout-faults.test.ts", "test/approvals/once.test.ts", ...EVERY_WRITE],
  },
  {
    id: "P6",
    title: "A Stripe event is applied once",
    promised: "100,000 deliveries, half of them repeats: effects = distinct events",
    tests: ["test/life/deliveries.test.ts", "test/webhook/checkout-events.test.ts"],
    full: { count: "deliveries", size: 100_000 },
  },
  {
    id: "P7",
    title: "Any order of events ends in the same state",
    promised:
      "every order of the events of a purchase, up to 7 events, and random orders with each event twice: 1 end state for a purchase",
    tests: [...EVERY_ORDER, "test/webhook/checkout-events.test.ts"],
  },
  {
    id: "P8",
    title: "Unpaid never grants, paid always grants",
    promised: "random purchases, their events in any order: 0 unpaid with access, 0 paid without",
    tests: ["test/life/deliveries.test.ts"],
  },
  {
    id: "P9",
    title: "Missed webhooks heal",
    promised:
      "outages of an hour to 40 days, with Stripe's list of events and without, and scheduled runs that die midway: each purchase ends as Stripe has it",
    tests: ["test/heal/heal.test.ts"],
  },
  {
    id: "P10",
    title: "A stale version never writes",
    promised: "races in which the test orders each round trip to D1: 1 winner for a version, 0 lost updates",
    tests: ["test/fuzz/interleaved-calls.test.ts"],
  },
  {
    id: "P11",
    title: "Each state change has exactly one audit row, in the same commit",
    promised: "each changed row is compared with the new audit rows: 0 missing, 0 too many",
    tests: ["test/life/deliveries.test.ts", ...EVERY_ORDER],
  },
  {
    id: "P12",
    title: "The audit can't be altered unnoticed",
    promised:
      "each SQL statement that would alter it is refused; each edit of a sealed row, and each removed or forged seal, is found",
    tests: ["test/audit/seal.test.ts", "test/db/append-only.test.ts", "test/db/triggers.test.ts"],
  },
  {
    id: "P13",
    title: "What is charged is what was confirmed, whatever the Stripe account's defaults",
    promised: "each kind of account with each product and outcome: charged = confirmed, or nothing charged",
    tests: [
      "test/accounts/events.test.ts",
      "test/accounts/money.test.ts",
      "test/accounts/refusals.test.ts",
      "test/accounts/tax-added.test.ts",
      "test/accounts/tax-included.test.ts",
      "test/life/mismatch.test.ts",
    ],
  },
  {
    id: "P14",
    title: "A refusal of Stripe's that is final is told as final",
    promised:
      "each status that Stripe can answer, on each call: 0 endless retries, 0 stuck, the reason in the log, the health route and the console",
    tests: ["test/stripe/every-call.test.ts", "test/stripe/obedient-agent.test.ts"],
  },
  {
    id: "P15",
    title: "The suite says the same on every machine",
    promised: "each test file that needs no browser and no bundle, run beside eight busy loops: 0 failures",
    tests: ["test/bench/busy.bench.node.ts"],
    full: { count: "test files", size: suiteFiles().length },
    sources: ["src", "tools", "resources", "test/support", ...suiteFiles()],
  },
  {
    id: "W",
    title: "P1 to P14 in a simulated world, with a fault at every boundary",
    promised:
      "14 checks after each play: every fault at every boundary of short plans, pairs of faults, and random plans",
    tests: ["test/world/every-boundary.test.ts", "test/world/lives-of-chance.test.ts"],
    full: { count: "plays", size: 10_000 },
  },
  {
    id: "S1",
    title: "Private data never leaves",
    promised:
      "a canary in each private column and secret, sought in each answer, page and log line in five encodings: 0 hits",
    tests: ["test/contract/canary.test.ts"],
  },
  {
    id: "S2",
    title: "The confirmation text is exact",
    promised: "5,000 altered texts at tools, routes and the page of an approval: 0 accepted",
    tests: ["test/fuzz/inexact-texts.test.ts", "test/approvals/what-is-approved.test.ts"],
    full: { count: "mutations", size: 5_000 },
  },
  {
    id: "S3",
    title: "Only our tokens, only enough scope, only own rows",
    promised:
      "each tool, resource and route refuses eight wrong tokens, each set of scopes without the one that it needs, a missing, forged or ended session, and another person's row",
    tests: ["test/contract/token-matrix.test.ts", "test/contract/every-route.test.ts"],
  },
  {
    id: "S4",
    title: "An approval is bound, used once, and short",
    promised:
      "one that is forged, replayed, expired, another person's or about a changed fact: refused; 50 at once: 1 use",
    tests: [
      "test/approvals/changed.test.ts",
      "test/approvals/once.test.ts",
      "test/approvals/touch.test.ts",
      "test/approvals/touch-attacks.test.ts",
      "test/approvals/what-is-approved.test.ts",
      "test/approvals/who-may-decide.test.ts",
    ],
  },
  {
    id: "S5",
    title: "A Stripe event is accepted by its signature alone",
    promised: "headers put together from right and wrong parts, two secrets in rotation, both modes: 0 wrong verdicts",
    tests: ["test/webhook/verification.test.ts"],
  },
  {
    id: "S6",
    title: "Hostile input neither crashes nor corrupts",
    promised: "1,000,000 spoilt requests at every door: 0 internal errors, 0 rows changed by a refusal",
    tests: ["test/fuzz/hostile-input.test.ts"],
    full: { count: "requests", size: 1_000_000 },
  },
  {
    id: "S7",
    title: "Hostile catalog text stays data",
    promised:
      "an injection in each free-text column appears only in the fields for such text, and escaped on each page",
    tests: ["test/contract/hostile-text.test.ts"],
  },
  {
    id: "S8",
    title: "Errors reveal nothing internal",
    promised:
      "a failure at each boundary that a request crosses, at each door: 0 answers or log lines with a stack, SQL, a key or a path",
    tests: ["test/fuzz/failing-boundaries.test.ts"],
  },
  {
    id: "S9",
    title: "The tests notice a mistake in the code",
    promised:
      "a mutation score of 90 % or more on kernel, approvals, facts, purchase, money, redaction, auth, receipts, Stripe's readers and the SQL guards; a seeded sample of 297 by area, and every trigger. Tests were written for what this sample showed: the score is of these mutants, and a new sample may have a lower one",
    tests: ["test/bench/mutation.bench.node.ts"],
    full: { count: "mutants", size: MUTANTS },
    sources: mutationSources(),
  },
  {
    id: "S10",
    title: "A token sees and does only what its scopes allow, also beside the person's other clients",
    promised: "each write, state and set of scopes at each door that shows an operation: 0 answers beyond scope",
    tests: ["test/contract/operation-sight.test.ts"],
  },
  {
    id: "S11",
    title: "No single caller can take the service from the others",
    promised: "what one caller can cause in a day has a printed bound, and another person can buy meanwhile",
    tests: [
      "test/bounds/checkouts.test.ts",
      "test/bounds/clicks.test.ts",
      "test/bounds/client-documents.test.ts",
      "test/bounds/guesses.test.ts",
      "test/bounds/mails.test.ts",
      "test/bounds/oauth.test.ts",
      "test/bounds/one-caller.test.ts",
      "test/bounds/order-mails.test.ts",
      "test/bounds/reads.test.ts",
      "test/bounds/settings.node.test.ts",
    ],
  },
  {
    id: "S12",
    title: "A check can fail",
    promised:
      "mistakes are put into a copy of the product one at a time, at least one for each promise: a test of that promise fails",
    tests: ["test/bench/defects.bench.node.ts"],
    full: { count: "defects put in", size: DEFECTS.length },
    // The tests run in the copy, so no file imports them.
    sources: ["src", "tools", "resources", "test/support", ...new Set(DEFECTS.flatMap(({ tests }) => tests))],
  },
  {
    id: "M",
    title: "The server does what a small model of each subject says",
    promised:
      "random steps on operations, approvals, limits, intents, the ledger, entitlements and subscriptions: 0 differences from the model",
    tests: [
      "test/models/approvals.test.ts",
      "test/models/entitlements.test.ts",
      "test/models/ledger.test.ts",
      "test/models/limits.test.ts",
      "test/models/operations.test.ts",
      "test/models/revocation-intents.test.ts",
      "test/models/subscriptions.test.ts",
    ],
  },
  {
    id: "J1",
    title: "MCP conformance: both endpoints in both revisions, and the authorization server",
    promised: "each check passes, but those that a business server can't honestly pass: they are listed by name",
    tests: ["test/bench/judges/conformance.bench.node.ts"],
  },
  {
    id: "J2",
    title: "MCP inspector: strict about the tools, and under load",
    promised: "0 faults of a tool; each call is answered, beyond the bound of a minute with the declared refusal",
    tests: ["test/bench/judges/inspector.bench.node.ts"],
  },
  {
    id: "J3",
    title:
      "Clients of today connect, sign in, list, read, buy, take a refusal, refresh, and sign in again once they are forgotten",
    promised: "each step that the client itself can do",
    tests: ["test/bench/judges/clients.bench.node.ts"],
    // Its script starts the bundle in a process of its own.
    sources: ["src", "tools", "resources"],
  },
  {
    id: "J4",
    title: "The OpenAPI document passes a linter at its strictest",
    promised: "0 findings",
    tests: ["test/e2e/openapi.node.test.ts"],
  },
];
