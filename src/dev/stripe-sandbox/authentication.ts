import { commaList, type SandboxEnv } from "./env.ts";
import { Refusal } from "./errors.ts";

/** Accepts `Bearer key` or `Basic key:` and answers the mode that the key sees. Throws Stripe's 401. */
export function authenticate(header: string | null, env: SandboxEnv): { livemode: boolean } {
  const key = keyOf(header);
  if (key === null) {
    throw new Refusal(401, {
      type: "invalid_request_error",
      message:
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
    });
  }
  if (!commaList(env.SECRET_KEYS).includes(key)) {
    throw new Refusal(401, { type: "invalid_request_error", message: `Invalid API Key provided: ${masked(key)}` });
  }
  return { livemode: /^(sk|rk)_live_/.test(key) };
}

function keyOf(header: string | null): string | null {
  const [, scheme, credentials] = /^(\S+)\s+(\S+)\s*$/.exec(header ?? "") ?? [];
  if (scheme === undefined || credentials === undefined) return null;
  if (scheme.toLowerCase() === "bearer") return credentials;
  if (scheme.toLowerCase() !== "basic") return null;
  try {
    return atob(credentials).split(":")[0] ?? null;
  } catch {
    return null;
  }
}

function masked(key: string): string {
  return key.length < 12 ? "*".repeat(key.length) : `${key.slice(0, 7)}${"*".repeat(key.length - 11)}${key.slice(-4)}`;
}
