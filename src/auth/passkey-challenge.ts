import { randomBytes } from "node:crypto";
import { decodeBase64url } from "../base/base64url.ts";
import type { AuthContext } from "./context.ts";
import { TOKEN_MINUTES } from "./one-time-tokens.ts";

const RANDOM_BYTES = 16;
const TIME_BYTES = 6;
const HEAD_BYTES = RANDOM_BYTES + TIME_BYTES;

/** What a challenge is for: a passkey that is added says nothing about a sign-in. */
type Use = "add" | "sign-in";

type Challenging = Pick<AuthContext, "keys" | "clock">;

/**
 * A challenge for one session or browser, which `place` names: random bytes, the time, and a keyed hash of all that. A
 * page view therefore stores nothing; `auth.tokens.spending` notes its use.
 */
export function newChallenge({ keys, clock }: Challenging, use: Use, place: string): Uint8Array<ArrayBuffer> {
  const time = Buffer.alloc(TIME_BYTES);
  time.writeUIntBE(clock.now(), 0, TIME_BYTES);
  const head = Buffer.concat([randomBytes(RANDOM_BYTES), time]);
  return new Uint8Array(Buffer.concat([head, Buffer.from(keys.mac("passkey", textOf(use, place, head)), "base64url")]));
}

/** Whether this server made the challenge for this use and place, a moment ago. */
export function isOwnChallenge({ keys, clock }: Challenging, use: Use, place: string, challenge: string): boolean {
  // One spelling only: another one of the same bytes would be a token that was not used yet.
  const bytes = Buffer.from(decodeBase64url(challenge) ?? []);
  if (bytes.length <= HEAD_BYTES) return false;
  const head = bytes.subarray(0, HEAD_BYTES);
  const age = clock.now() - head.readUIntBE(RANDOM_BYTES, TIME_BYTES);
  if (age < 0 || age > TOKEN_MINUTES.passkey * 60_000) return false;
  return keys.verify("passkey", textOf(use, place, head), bytes.subarray(HEAD_BYTES).toString("base64url"));
}

const textOf = (use: Use, place: string, head: Buffer) => `${use} ${place} ${head.toString("base64url")}`;
