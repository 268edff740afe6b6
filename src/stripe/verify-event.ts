import Stripe from "stripe";
import * as z from "zod";
import { storableText } from "../base/fields.ts";
import { STRIPE_MODES, type StripeMode } from "../db/schema/vocabulary.ts";
import type { StripePort } from "./client.ts";

/** How old a signature may be, in seconds. Stripe signs each delivery anew, so a retry is never too old. */
const TOLERANCE_SECONDS = 300;
/** A time as Stripe gives it, up to the end of the year 9999: a page can't show a later one. */
export const epochSeconds = z.int().min(0).max(253_402_300_799);

const subtle = Stripe.createSubtleCryptoProvider();

/** What every event has, whatever its type and API version. */
const envelope = z.object({
  id: storableText(255).min(1),
  object: z.string(),
  type: storableText(255).min(1),
  api_version: storableText(100).nullish(),
  livemode: z.boolean(),
  created: z.union([epochSeconds, z.iso.datetime()]),
  /** Set on events of a connected account, which are not this business's. */
  account: z.string().nullish(),
  data: z.object({ object: z.record(z.string(), z.unknown()) }).optional(),
});

/** An event whose signature held. */
export interface VerifiedEvent {
  /** The mode whose endpoint secret signed it. */
  readonly endpointMode: StripeMode;
  readonly id: string;
  readonly type: string;
  readonly apiVersion: string | null;
  readonly livemode: boolean;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly ofConnectedAccount: boolean;
  /** The snapshot; undefined on a thin event, which has none. */
  readonly object: Record<string, unknown> | undefined;
  /** What the event says, as Stripe wrote it: the same in a delivery and in the event list, for one API version. */
  readonly content: Readonly<Record<"type" | "created" | "livemode" | "account" | "object", unknown>>;
}

/** What a delivery is: an event of Stripe's, bytes that no secret of ours signed, or signed bytes without an event. */
type Verification =
  | { readonly kind: "event"; readonly event: VerifiedEvent }
  | { readonly kind: "bad_signature" }
  | { readonly kind: "bad_body" };

/**
 * Checks the signature over the bytes as they came, against every secret in use, then the event's shape
 * (Stripe, "Verify webhook signatures"). A body that was parsed and serialized again does not pass.
 */
export async function verifyEvent(
  payload: Uint8Array,
  signature: string | null,
  stripe: StripePort,
  now: number,
): Promise<Verification> {
  if (!signature) return { kind: "bad_signature" };
  for (const mode of STRIPE_MODES) {
    for (const secret of stripe.webhookSecrets(mode)) {
      const genuine = await isGenuine(payload, signature, secret, now);
      if (!genuine) continue;
      const event = eventOf(json(payload), mode);
      return event ? { kind: "event", event } : { kind: "bad_body" };
    }
  }
  return { kind: "bad_signature" };
}

async function isGenuine(payload: Uint8Array, signature: string, secret: string, now: number): Promise<boolean> {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload);
    const { signature: verifier } = Stripe.webhooks;
    return (await verifier?.verifyHeaderAsync(text, signature, secret, TOLERANCE_SECONDS, subtle, now)) ?? false;
  } catch {
    return false;
  }
}

/** The event in a signed body or in an answer of Stripe's, with the mode whose secret or key vouches for it. */
export function eventOf(raw: unknown, endpointMode: StripeMode): VerifiedEvent | undefined {
  const read = envelope.safeParse(raw);
  if (!read.success) return undefined;
  const { id, object, type, api_version, livemode, created, account, data } = read.data;
  return {
    endpointMode,
    id,
    type,
    apiVersion: api_version ?? null,
    livemode,
    createdAt: typeof created === "number" ? created * 1000 : Date.parse(created),
    ofConnectedAccount: Boolean(account),
    object: object === "event" ? data?.object : undefined,
    content: { type, created, livemode, account: account ?? null, object: data?.object ?? null },
  };
}

function json(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(payload));
  } catch {
    return undefined;
  }
}
