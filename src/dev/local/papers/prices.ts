/** A price or limit that another company publishes. */
interface Published {
  readonly value: number;
  readonly source: keyof typeof SOURCES;
}

/** The pages that publish the figures below, and the day on which each was last read. */
export const SOURCES = {
  workers: { url: "https://developers.cloudflare.com/workers/platform/pricing/", readOn: "2026-11-29" },
  d1: { url: "https://developers.cloudflare.com/d1/platform/pricing/", readOn: "2026-11-29" },
  d1Limits: { url: "https://developers.cloudflare.com/d1/platform/limits/", readOn: "2026-11-29" },
  kv: { url: "https://developers.cloudflare.com/kv/platform/pricing/", readOn: "2026-11-29" },
  r2: { url: "https://developers.cloudflare.com/r2/pricing/", readOn: "2026-11-29" },
  queues: { url: "https://developers.cloudflare.com/queues/platform/pricing/", readOn: "2026-11-29" },
  stripe: { url: "https://docs.stripe.com/rate-limits", readOn: "2026-11-29" },
} as const;

/** US dollars a month for the plan "Workers Paid", which includes the amounts below. */
export const PLAN_DOLLARS: Published = { value: 5, source: "workers" };

/** What Cloudflare counts: how many a month are included, and US dollars for each million above them. */
export const METERS = {
  requests: { included: 10e6, dollarsAMillion: 0.3, source: "workers" },
  cpuMs: { included: 30e6, dollarsAMillion: 0.02, source: "workers" },
  rowsRead: { included: 25e9, dollarsAMillion: 0.001, source: "d1" },
  rowsWritten: { included: 50e6, dollarsAMillion: 1, source: "d1" },
  kvReads: { included: 10e6, dollarsAMillion: 0.5, source: "kv" },
  kvWrites: { included: 1e6, dollarsAMillion: 5, source: "kv" },
  r2Reads: { included: 10e6, dollarsAMillion: 0.36, source: "r2" },
} as const satisfies Record<string, { included: number; dollarsAMillion: number; source: keyof typeof SOURCES }>;

/** Gigabytes of D1 that are included, and US dollars a month for each gigabyte above them. */
export const D1_STORAGE = { included: 5, dollarsAGigabyte: 0.75, source: "d1" } as const;

/** Limits of Cloudflare and Stripe. The number of databases and the rate of Stripe are raised on request. */
export const LIMITS = {
  d1Bytes: { value: 10e9, source: "d1Limits" },
  /** A D1 database runs one query at a time: a thousand a second, if each takes a millisecond. */
  d1MillisecondQueriesASecond: { value: 1000, source: "d1Limits" },
  d1Databases: { value: 50_000, source: "d1Limits" },
  stripeCreatesASecond: { value: 25, source: "stripe" },
  queueMessagesASecond: { value: 5_000, source: "queues" },
} as const satisfies Record<string, Published>;
