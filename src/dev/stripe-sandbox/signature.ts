import { commaList } from "./env.ts";

/** The `Stripe-Signature` header for a body sent now: `t=…,v1=…`, one `v1` per secret. */
export async function signBody(body: string, secrets: string, epochSeconds: number): Promise<string> {
  const signatures = await Promise.all(commaList(secrets).map((secret) => hmac(secret, `${epochSeconds}.${body}`)));
  return [`t=${epochSeconds}`, ...signatures.map((signature) => `v1=${signature}`)].join(",");
}

async function hmac(secret: string, message: string): Promise<string> {
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ]);
  const digest = await crypto.subtle.sign("HMAC", key, encoder.encode(message));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
