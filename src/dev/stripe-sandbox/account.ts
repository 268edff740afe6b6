import { z } from "zod";

/** The versions of events beside the pinned one that the sandbox can render. */
export const OLD_VERSIONS = ["2022-08-01"] as const;
/** One of `OLD_VERSIONS`. */
export type OldVersion = (typeof OLD_VERSIONS)[number];

const currency = z.string().regex(/^[a-z]{3}$/);

/** What a Stripe account does by itself: its settings in Stripe's dashboard, its webhook endpoint and its API key. */
const account = z.strictObject({
  /** The `automatic_tax` of a session that leaves it out. */
  automaticTaxDefault: z.boolean(),
  /** The rate that Stripe Tax finds for each buyer; null where Stripe Tax is not set up. */
  tax: z.strictObject({ percent: z.number().min(0).max(100) }).nullable(),
  /** The `managed_payments` of a session that leaves it out. */
  managedPaymentsDefault: z.boolean(),
  /** Each buyer's own currency, offered where a session leaves `adaptive_pricing` out; units of it for one of the price's. */
  adaptivePricingDefault: z.strictObject({ currency, rate: z.number().positive() }).nullable(),
  /** The API version of events; null for the version that the sandbox speaks. */
  eventsApiVersion: z.enum(OLD_VERSIONS).nullable(),
  /** The event types that the endpoint does not get; the event list has them. */
  disabledEvents: z.array(z.string()),
  /** The rights that the restricted key lacks, as `checkout_sessions_write`. */
  missingRights: z.array(z.string()),
  /** Top-level parameters of requests that this account's Stripe does not know. */
  unknownParameters: z.array(z.string()),
  /** The billing mode of new subscriptions that name none. */
  billingMode: z.enum(["classic", "flexible"]),
});

/** The settings of an account. */
export type Account = z.output<typeof account>;

/** A change of settings, as the control API takes it: what it leaves out stays. */
export const accountChange = account.partial();
/** A change of settings as a client sends it. */
export type AccountChange = z.input<typeof accountChange>;

/** The account after a reset. Flexible billing is Stripe's own default since version 2025-09-30. */
export const PLAIN_ACCOUNT: Account = {
  automaticTaxDefault: false,
  tax: null,
  managedPaymentsDefault: false,
  adaptivePricingDefault: null,
  eventsApiVersion: null,
  disabledEvents: [],
  missingRights: [],
  unknownParameters: [],
  billingMode: "flexible",
};

/** The settings after a change. */
export function changedAccount(before: Account, change: AccountChange): Account {
  return account.parse({ ...before, ...change });
}

/** The settings as they stand. */
export async function readAccount(db: D1Database): Promise<Account> {
  const row = await db.prepare("SELECT settings FROM account").first<{ settings: string }>();
  return row === null ? PLAIN_ACCOUNT : account.parse(JSON.parse(row.settings));
}

/** Stores the settings. */
export async function writeAccount(db: D1Database, settings: Account): Promise<void> {
  await db
    .prepare(
      "INSERT INTO account (only_row, settings) VALUES (1, ?) ON CONFLICT DO UPDATE SET settings = excluded.settings",
    )
    .bind(JSON.stringify(settings))
    .run();
}
