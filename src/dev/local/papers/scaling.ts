import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../root.ts";
import { type CallCounts, committedCounts } from "./counts.ts";
import { D1_STORAGE, LIMITS, METERS, PLAN_DOLLARS, SOURCES } from "./prices.ts";
import { table } from "./table.ts";

/** The calls of a whole purchase through an agent, by their names in the table of counts. */
const PURCHASE: readonly (readonly [name: string, times: number, why: string])[] = [
  ["commerce://offers", 1, "the agent reads what is for sale"],
  ["tools/list, a buyer's", 1, "it connects"],
  ["commerce://offers/{offerId}, signed in", 1, "it reads the offer and its confirmation text"],
  ["start_checkout", 1, "it starts the checkout"],
  ["start_checkout, again", 1, "its answer was lost, so it repeats the call"],
  ["GET /api/commerce/checkout/redirect/:link", 1, "the buyer opens the payment page"],
  ["checkout.session.completed (a pass)", 1, "Stripe reports the payment"],
  ["GET /commerce/checkout/success/:link", 2, "the buyer comes back, and reloads"],
  ["GET /account/files/:entitlementId/:assetId", 1, "the buyer downloads a file"],
  ["commerce://checkouts/{checkoutIntentId}, a person's own", 3, "the agent reads the state of the checkout"],
  ["record_post_purchase_decision", 1, "it records the answer to the offer after payment"],
  ["create_commission_evidence", 1, "commission evidence is created"],
  ["review_commission_evidence", 1, "the owner reviews it"],
];

const KEYS = ["trips", "rowsRead", "rowsWritten", "kvReads", "kvWrites", "r2", "stripe"] as const;
/** The counts of the table of a purchase. */
const SHOWN = ["trips", "rowsRead", "rowsWritten", "kvReads", "r2", "stripe"] as const;
const MONTH_SECONDS = 30 * 24 * 3600;
const A_MONTH = [1_000, 10_000, 100_000, 1_000_000];
/** The busiest second has so many times the purchases of a mean second. */
const PEAK = 10;
/** More than a request takes: `test/BENCH.md` has the CPU of a call with that of the database. */
const CPU_MS_A_REQUEST = 10;

const whole = (value: number) => Math.round(value).toLocaleString("en-US");
const dollars = (value: number) => `$${value.toFixed(2)}`;
const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(bytes < 1e9 ? 3 : 1)} GB`;

/** The calls of one purchase, and their counts in all. */
function purchase() {
  const counts = committedCounts();
  const calls = PURCHASE.map(([name, times, why]) => ({ name, times, why, counts: counts(name) }));
  const sum = (key: keyof CallCounts) => calls.reduce((total, call) => total + call.times * call.counts[key], 0);
  const requests = calls.reduce((total, { times }) => total + times, 0);
  return {
    calls,
    requests,
    ...(Object.fromEntries(KEYS.map((key) => [key, sum(key)])) as unknown as CallCounts),
  };
}

/** Bytes of D1 that one purchase takes, from the result of the bench. */
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
      ["call", "times", "why", "D1 round trips", "rows read", "rows written", "KV reads", "R2 calls", "Stripe calls"],
      [
        ...one.calls.map(({ name, times, why, counts }) => [
          `\`${name}\``,
          String(times),
          why,
          ...SHOWN.map((key) => whole(counts[key] * times)),
        ]),
        ["**in all**", whole(one.requests), "", ...SHOWN.map((key) => whole(one[key]))],
      ],
    ),
    cost: costTable(one, bytes),
    limits: limitTable(one, bytes),
    sources: Object.values(SOURCES)
      .map(({ url, readOn }) => `- ${url}, read on ${readOn}`)
      .join("\n"),
  };
}

/** US dollars for what is above the included amount of a month. */
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
      "R2 reads",
      "D1 after a year",
      "cost of the twelfth month",
    ],
    A_MONTH.map((purchases) => {
      const stored = 12 * purchases * bytes;
      const cost =
        PLAN_DOLLARS.value +
        beyond(one.requests * purchases, METERS.requests) +
        beyond(one.rowsRead * purchases, METERS.rowsRead) +
        beyond(one.rowsWritten * purchases, METERS.rowsWritten) +
        beyond(one.requests * purchases * CPU_MS_A_REQUEST, METERS.cpuMs) +
        beyond(one.kvReads * purchases, METERS.kvReads) +
        beyond(one.kvWrites * purchases, METERS.kvWrites) +
        beyond(one.r2 * purchases, METERS.r2Reads) +
        Math.max(0, stored / 1e9 - D1_STORAGE.included) * D1_STORAGE.dollarsAGigabyte;
      return [
        whole(purchases),
        ...[one.requests, one.rowsRead, one.rowsWritten, one.kvReads, one.r2].map((each) => whole(each * purchases)),
        `${gigabytes(stored)}${stored > LIMITS.d1Bytes.value ? " (more than one database)" : ""}`,
        dollars(cost),
      ];
    }),
  );
}

function limitTable(one: ReturnType<typeof purchase>, bytes: number): string {
  const aMonth = (perSecond: number) => (perSecond * MONTH_SECONDS) / PEAK;
  const creates = LIMITS.stripeCreatesASecond.value / one.stripe;
  const at1Ms = LIMITS.d1MillisecondQueriesASecond.value / one.trips;
  const at10Ms = at1Ms / 10;
  const rows: [string, string, string][] = [
    [
      "Stripe: creates of one account",
      `${whole(creates)} checkouts a second`,
      `${whole(aMonth(creates))} purchases a month`,
    ],
    [
      "D1: one query at a time, if a batch takes 10 ms",
      `${at10Ms.toFixed(1)} purchases a second`,
      `${whole(aMonth(at10Ms))} purchases a month`,
    ],
    [
      "D1: one query at a time, if a batch takes 1 ms",
      `${whole(at1Ms)} purchases a second`,
      `${whole(aMonth(at1Ms))} purchases a month`,
    ],
    [
      "D1: the size of one database",
      gigabytes(LIMITS.d1Bytes.value),
      `${whole(LIMITS.d1Bytes.value / bytes)} purchases in all`,
    ],
    [
      "Cloudflare Queues: messages of one queue, if events are queued",
      `${whole(LIMITS.queueMessagesASecond.value)} events a second`,
      `${whole(aMonth(LIMITS.queueMessagesASecond.value))} purchases a month`,
    ],
    ["D1: databases of one account", whole(LIMITS.d1Databases.value), "businesses, each with a database of its own"],
  ];
  return table(["limit", "reached at", "which is"], rows);
}
