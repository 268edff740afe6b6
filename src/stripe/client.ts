import Stripe from "stripe";
import { Problem } from "../base/problem.ts";
import type { Refusal } from "../db/provider-refusals.ts";
import { STRIPE_MODES, type StripeCall, type StripeMode } from "../db/schema/vocabulary.ts";
import type { Store } from "../db/store.ts";
import { callOf } from "./calls.ts";
import { refusalInAnswer } from "./refusal.ts";
import type { SettingFault, StripeSettings } from "./settings.ts";

/** How long one call to Stripe may take. */
const TIMEOUT_MS = 10_000;

/** The part of a write's context that calls to Stripe need. */
export interface StripeCaller extends Pick<Store, "ownerUserId" | "clock"> {
  readonly stripe: StripePort;
}

/** How a part of the server uses the port: what it hears of its requests, and how many pages a search reads. */
interface StripeUse {
  /** Pages of Stripe's list of sessions that one search for a lost session reads at most. */
  readonly pagesToSearch: number;
  /** Before each request. */
  sent(): void;
  /**
   * After an answer that refuses a request for good, before the caller gets it. Two kinds are left out: refusals that the
   * settlement of a confirmed write records, and an event that Stripe no longer keeps.
   */
  refused(refusal: Refusal): Promise<void> | void;
}

/** Stripe as this deployment is set up: a client for each mode that has a key. */
export interface StripePort {
  /**
   * The client of a mode. Throws `provider_unavailable` where the mode has no key; the other mode is never used instead.
   */
  client(mode: StripeMode): Stripe;
  /** Throws as `client` does. */
  assertUsable(mode: StripeMode): void;
  /** The modes that have a key. */
  readonly modes: readonly StripeMode[];
  /** Settings that cannot be used; each leaves its mode without a key. */
  readonly faults: readonly SettingFault[];
  /** Signing secrets of a mode's endpoint, the current one first; empty where none is set. */
  webhookSecrets(mode: StripeMode): readonly string[];
  readonly pagesToSearch: number;
  /** A keyed hash of a mode's key, which tells whether the key was changed; undefined where the mode has no key. */
  keyHash(mode: StripeMode): string | undefined;
  /** The same port for another use. */
  usedFor(use: Partial<StripeUse>): StripePort;
  /** The API version that this code was written against; frozen onto each request. */
  readonly apiVersion: string;
}

/** The refusal of a mode that lacks a setting. The other mode is never used instead. */
export const notSetUp = (mode: StripeMode): Problem =>
  new Problem("provider_unavailable", { detail: `Checkout is not set up here in ${mode} mode.` });

/** Opens the port over checked settings. */
export function createStripe(
  settings: StripeSettings,
  use: StripeUse,
  hashKey: (key: string) => string,
  timeoutMs: number = TIMEOUT_MS,
): StripePort {
  const clients = new Map<StripeMode, Stripe>();
  const keyOf = (mode: StripeMode) => {
    const { key } = settings[mode];
    if (!key) throw notSetUp(mode);
    return key;
  };
  return {
    apiVersion: Stripe.API_VERSION,
    modes: STRIPE_MODES.filter((mode) => settings[mode].key),
    faults: settings.faults,
    webhookSecrets: (mode) => settings[mode].webhookSecrets,
    pagesToSearch: use.pagesToSearch,
    keyHash(mode) {
      const { key } = settings[mode];
      return key && hashKey(key);
    },
    usedFor: (other) => createStripe(settings, { ...use, ...other }, hashKey, timeoutMs),
    assertUsable: (mode) => void keyOf(mode),
    client(mode) {
      const key = keyOf(mode);
      const client = clients.get(mode) ?? new Stripe(key, options(settings.apiBaseUrl, timeoutMs, heard(mode, use)));
      clients.set(mode, client);
      return client;
    },
  };
}

/** Calls whose refusal is recorded by the settlement of the write that makes them. */
const SETTLED_BY_WRITES: ReadonlySet<StripeCall> = new Set([
  "checkout.sessions.create",
  "checkout.sessions.expire",
  "prices.retrieve",
]);

/** Reads of objects that another application named, or that Stripe keeps for 30 days: that there is none is an answer. */
const MAY_BE_GONE: ReadonlySet<StripeCall> = new Set([
  "events.retrieve",
  "charges.retrieve",
  "refunds.retrieve",
  "disputes.retrieve",
  "invoice_payments.retrieve",
]);

/** `fetch`, heard by the listeners of a port. */
function heard(stripeMode: StripeMode, { sent, refused }: StripeUse): typeof fetch {
  return async (input, init) => {
    sent();
    const response = await fetch(input, init);
    const call = callOf(init?.method ?? "GET", new URL(input instanceof Request ? input.url : input).pathname);
    const gone = response.status === 404 && MAY_BE_GONE.has(call);
    if (response.ok || gone || SETTLED_BY_WRITES.has(call)) return response;
    const refusal = await refusalInAnswer(response, { stripeMode, call });
    if (refusal) await refused(refusal);
    return response;
  };
}

/** No retries by the library: the kernel decides what follows a lost answer. */
function options(baseUrl: string | undefined, timeout: number, send: typeof fetch): Stripe.StripeConfig {
  const common = {
    maxNetworkRetries: 0,
    timeout,
    httpClient: Stripe.createFetchHttpClient(send),
    telemetry: false,
  };
  if (!baseUrl) return common;
  const { protocol, hostname, port } = new URL(baseUrl);
  const secure = protocol === "https:";
  return { ...common, host: hostname, port: port || (secure ? 443 : 80), protocol: secure ? "https" : "http" };
}
