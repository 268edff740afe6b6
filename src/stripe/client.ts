import Stripe from "stripe";
import { Problem } from "../base/problem.ts";
import { STRIPE_MODES, type StripeMode } from "../db/schema/vocabulary.ts";
import type { Store } from "../db/store.ts";
import type { SettingFault, StripeSettings } from "./settings.ts";

/** How long one call to Stripe may take. */
const TIMEOUT_MS = 10_000;

/** The part of a write's context that calls to Stripe need. */
export interface StripeCaller extends Pick<Store, "ownerUserId" | "clock"> {
  readonly stripe: StripePort;
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
  /** The same port, which calls `sent` before each request. */
  counted(sent: () => void): StripePort;
  /** The API version that this code was written against; frozen onto each request. */
  readonly apiVersion: string;
}

/** Opens the port over checked settings; `sent` is called before each request. */
export function createStripe(
  settings: StripeSettings,
  timeoutMs = TIMEOUT_MS,
  sent: () => void = () => undefined,
): StripePort {
  const clients = new Map<StripeMode, Stripe>();
  const keyOf = (mode: StripeMode) => {
    const { key } = settings[mode];
    if (!key) throw new Problem("provider_unavailable", { detail: `Checkout is not set up here in ${mode} mode.` });
    return key;
  };
  return {
    apiVersion: Stripe.API_VERSION,
    modes: STRIPE_MODES.filter((mode) => settings[mode].key),
    faults: settings.faults,
    webhookSecrets: (mode) => settings[mode].webhookSecrets,
    counted: (then) => createStripe(settings, timeoutMs, then),
    assertUsable: (mode) => void keyOf(mode),
    client(mode) {
      const key = keyOf(mode);
      const client = clients.get(mode) ?? new Stripe(key, options(settings.apiBaseUrl, timeoutMs, sent));
      clients.set(mode, client);
      return client;
    },
  };
}

/** No retries by the library: the kernel decides what follows a lost answer. */
function options(baseUrl: string | undefined, timeout: number, sent: () => void): Stripe.StripeConfig {
  const counting: typeof fetch = (input, init) => {
    sent();
    return fetch(input, init);
  };
  const common = {
    maxNetworkRetries: 0,
    timeout,
    httpClient: Stripe.createFetchHttpClient(counting),
    telemetry: false,
  };
  if (!baseUrl) return common;
  const { protocol, hostname, port } = new URL(baseUrl);
  const secure = protocol === "https:";
  return { ...common, host: hostname, port: port || (secure ? 443 : 80), protocol: secure ? "https" : "http" };
}
