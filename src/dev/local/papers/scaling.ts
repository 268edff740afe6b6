import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../root.ts";
import { type CallCounts, committedCounts } from "./counts.ts";
import { D1_STORAGE, LIMITS, METERS, PLAN_DOLLARS, SOURCES } from "./prices.ts";
import { table } from "./table.ts";

/** A whole purchase through an agent, as rows of the table of counts: what is called, and how often. */
const PURCHASE: readonly (readonly [name: string, times: number, why: string])[] = [
  ["commerce://offers", 1, "the agent looks what is for sale"],
  ["tools/list, a buyer's", 1, "it connects"],
  ["commerce://offers/{offerId}, signed in", 1, "it reads the offer and its text"],
  ["start_checkout", 1, "it starts the checkout"],
  ["start_checkout, again", 1, "its answer was lost, so it repeats the call"],
  ["GET /api/commerce/checkout/redirect/:link", 1, "the buyer opens the payment page"],
  ["checkout.session.completed (a pass)", 1, "Stripe tells that it is paid"],
  ["GET /commerce/checkout/success/:link", 2, "the buyer comes back, and reloads"],
  ["commerce://checkouts/{checkoutIntentId}, a person's own", 3, "the agent looks how it stands"],
  ["record_post_purchase_decision", 1, "it records the answer to the offer after payment"],
  ["create_commission_evidence", 1, "commission evidence is created"],
  ["review_commission_evidence", 1, "the owner reviews it"],
];

const KEYS = ["trips", "rowsRead", "rowsWritten", "kvReads", "kvWrites", "stripe"] as const;
const MONTH_SECONDS = 30 * 24 * 3600;
const A_MONTH = [1_000, 10_000, 100_000, 1_000_000];
/** How much busier than a mean second the busiest one is. */
const PEAK = 10;

const whole = (value: number) => Math.round(value).toLocaleString("en-US");
const dollars = (value: number) => `$${value.toFixed(2)}`;
const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(bytes < 1e9 ? 3 : 1)} GB`;

/** What one purchase costs in all. */
function purchase() {
  const counts = committedCounts();
  const calls = PURCHASE.map(([name, times, why]) => ({ name, times, why, counts: counts(name) }));
  const sum = (key: keyof CallCounts) => calls.reduce((total, call) => total + call.times * call.counts[key], 0);
  const requests = calls.reduce((total, { times }) => total + times, 0);
  const writeBatches = calls
    .filter((call) => call.counts.rowsWritten > 0)
    .reduce((total, { times }) => total + times, 0);
  return {
    calls,
    requests,
    writeBatches,
    ...(Object.fromEntries(KEYS.map((key) => [key, sum(key)])) as unknown as CallCounts),
  };
}

/** Bytes of D1 that one purchase adds, as the bench measured them. */
function bytesAPurchase(): number {
  const { parts } = JSON.parse(readFileSync(join(ROOT, "test/results/bytes.json"), "utf8")) as {
    parts: { values: Record<string, number> }[];
  };
  const bytes = parts.at(-1)?.values["bytes a purchase"];
  if (!bytes) throw new Error("test/results/bytes.json has no bytes a purchase");
  return bytes;
}

/** The tables of SCALING.md, from the committed counts and the published prices. */
export function scalingTables(): Readonly<Record<string, string>> {
  const one = purchase();
  const bytes = bytesAPurchase();
  return {
    purchase: table(
      ["call", "times", "why", "D1 round trips", "rows read", "rows written", "KV reads", "Stripe calls"],
      [
        ...one.calls.map(({ name, times, why, counts }) => [
          `\`${name}\``,
          String(times),
          why,
          ...[counts.trips, counts.rowsRead, counts.rowsWritten, counts.kvReads, counts.stripe].map((each) =>
            whole(each * times),
          ),
        ]),
        [
          "**in all**",
          whole(one.requests),
          "",
          ...[one.trips, one.rowsRead, one.rowsWritten, one.kvReads, one.stripe].map(whole),
        ],
      ],
    ),
    cost: costTable(one, bytes),
    limits: limitTable(one, bytes),
    sources: Object.values(SOURCES)
      .map(({ url, readOn }) => `- ${url}, read on ${readOn}`)
      .join("\n"),
  };
}

/** Dollars of a month for what goes beyond the included amount. */
const beyond = (amount: number, { included, dollarsAMillion }: { included: number; dollarsAMillion: number }) =>
  (Math.max(0, amount - included) / 1e6) * dollarsAMillion;

function costTable(one: ReturnType<typeof purchase>, bytes: number): string {
  return table(
    [
      "purchases a month",
      "requests",
      "rows read",
      "rows written",
      "KV reads",
      "D1 after a year",
      "a month in the twelfth month",
    ],
    A_MONTH.map((purchases) => {
      const stored = 12 * purchases * bytes;
      const cost =
        PLAN_DOLLARS.value +
        beyond(one.requests * purchases, METERS.requests) +
        beyond(one.rowsRead * purchases, METERS.rowsRead) +
        beyond(one.rowsWritten * purchases, METERS.rowsWritten) +
        beyond(one.kvReads * purchases, METERS.kvReads) +
        Math.max(0, stored / 1e9 - D1_STORAGE.included) * D1_STORAGE.dollarsAGigabyte;
      return [
        whole(purchases),
        ...[one.requests, one.rowsRead, one.rowsWritten, one.kvReads].map((each) => whole(each * purchases)),
        `${gigabytes(stored)}${stored > LIMITS.d1Bytes.value ? " (more than one database)" : ""}`,
        dollars(cost),
      ];
    }),
  );
}

function limitTable(one: ReturnType<typeof purchase>, bytes: number): string {
  const aMonth = (perSecond: number) => (perSecond * MONTH_SECONDS) / PEAK;
  const creates = LIMITS.stripeCreatesASecond.value / one.stripe;
  const quick = LIMITS.d1MillisecondQueriesASecond.value / one.trips;
  const slow = quick / 10;
  const rows: [string, string, string][] = [
    [
      "Stripe: creates of one account",
      `${whole(creates)} checkouts a second`,
      `${whole(aMonth(creates))} purchases a month`,
    ],
    [
      "D1: one query at a time, if a batch takes 10 ms",
      `${slow.toFixed(1)} purchases a second`,
      `${whole(aMonth(slow))} purchases a month`,
    ],
    [
      "D1: one query at a time, if a batch takes 1 ms",
      `${whole(quick)} purchases a second`,
      `${whole(aMonth(quick))} purchases a month`,
    ],
    [
      "D1: the size of one database",
      gigabytes(LIMITS.d1Bytes.value),
      `${whole(LIMITS.d1Bytes.value / bytes)} purchases in all`,
    ],
    ["D1: databases of one account", whole(LIMITS.d1Databases.value), "businesses, each with a database of its own"],
  ];
  return table(["limit", "where it is", "what it means"], rows);
}
