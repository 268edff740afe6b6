import type { FrozenRequest } from "../../stripe/checkout-session.ts";

/** Parts of a request whose metadata Stripe copies to the objects that the session makes. */
const PARTS = ["payment_intent_data", "subscription_data"] as const;
/** Stands in a part for the metadata of the whole request. */
const SAME = "same";

/** A request as its column keeps it: metadata that a part repeats is kept once. */
export function closeRequest(request: FrozenRequest): string {
  const whole = JSON.stringify(request.metadata);
  return JSON.stringify(withMetadata(request, (metadata) => (JSON.stringify(metadata) === whole ? SAME : metadata)));
}

/** The request that `closeRequest` kept, with its keys in their order. */
export function openRequest(kept: string): FrozenRequest {
  const request = JSON.parse(kept) as FrozenRequest;
  return withMetadata(request, (metadata) => (metadata === SAME ? request.metadata : metadata)) as FrozenRequest;
}

/** The request with other metadata in its parts. */
function withMetadata(request: FrozenRequest, put: (metadata: unknown) => unknown): object {
  const parts = PARTS.flatMap((name) => {
    const part = request[name];
    return part?.metadata ? [[name, { ...part, metadata: put(part.metadata) }]] : [];
  });
  return { ...request, ...Object.fromEntries(parts) };
}
