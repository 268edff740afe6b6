import { createHash } from "node:crypto";
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  verifyAuthenticationResponse,
} from "@simplewebauthn/server";
import { and, desc, eq, lt } from "drizzle-orm";
import * as z from "zod";
import { decodeBase64url } from "../base/base64url.ts";
import { type Database, guardChanged, type Query } from "../db/database.ts";
import { passkeys } from "../db/schema/index.ts";

/** A stored passkey. */
export type Passkey = typeof passkeys.$inferSelect;

/** The most passkeys of one person. */
export const MOST_PASSKEYS = 10;
/** How long a browser waits for a person, in milliseconds. */
export const WAIT_MS = 120_000;

/** The one site that passkeys of this deployment are for (WebAuthn level 3, section 4, "RP ID"). */
export const relyingParty = (publicUrl: string) => ({
  id: new URL(publicUrl).hostname,
  origin: new URL(publicUrl).origin,
});

/** A person's passkeys, the newest first. */
export function passkeysOf(db: Database, userId: string) {
  return db.build
    .select()
    .from(passkeys)
    .where(eq(passkeys.userId, userId))
    .orderBy(desc(passkeys.createdAt))
    .limit(MOST_PASSKEYS);
}

/** The question to a browser, as JSON. It names `allowed`; without any, the browser offers those that it keeps for this site. */
export function touchOptions(publicUrl: string, challenge: Uint8Array<ArrayBuffer>, allowed: readonly Passkey[]) {
  return generateAuthenticationOptions({
    rpID: relyingParty(publicUrl).id,
    challenge,
    timeout: WAIT_MS,
    userVerification: "required",
    allowCredentials: allowed.map(({ credentialId, transports: text }) => {
      const transports = JSON.parse(text);
      // Some browsers read an empty list as "by no transport".
      return { id: credentialId, ...(transports.length > 0 && { transports }) };
    }),
  });
}

/** The base64url text of bytes in a browser's answer. */
export const base64urlText = z
  .string()
  .max(8192)
  .regex(/^[\w-]+$/);

/** The answer of a passkey as a form sends it, with an upper bound on each part. */
const touchShape = z.object({
  id: base64urlText,
  rawId: base64urlText,
  type: z.literal("public-key"),
  clientExtensionResults: z.record(z.string(), z.unknown()),
  response: z.object({
    clientDataJSON: base64urlText,
    authenticatorData: base64urlText,
    signature: base64urlText,
    userHandle: base64urlText.optional(),
  }),
});

/** The answer of a passkey to a question of ours; not checked yet. */
export type Touch = z.output<typeof touchShape>;

/** Reads the answer of a passkey. Undefined for any other text. */
export function readTouch(json: string | null): Touch | undefined {
  try {
    return touchShape.parse(JSON.parse(json ?? ""));
  } catch {
    return undefined;
  }
}

interface VerifiedTouch {
  readonly kind: "verified";
  readonly counter: number;
  readonly backedUp: boolean;
}

/** The verdict on a passkey's answer. */
type TouchVerdict =
  | VerifiedTouch
  /** Everything else is right, and the counter did not grow: two devices may hold this key. */
  | { readonly kind: "counter_refused" }
  | { readonly kind: "refused" };

interface ExpectedTouch {
  readonly challenge: string;
  readonly publicUrl: string;
  readonly passkey: Passkey;
}

/**
 * Judges an answer by the passkey that it names: challenge, origin outside of a frame, RP id, user verified, user handle
 * where there is one, signature, and a counter that grows where it is not 0 on both sides (WebAuthn level 3, section 7.2).
 */
export async function judgeTouch(touch: Touch, expected: ExpectedTouch): Promise<TouchVerdict> {
  const { passkey, publicUrl, challenge } = expected;
  const { userHandle } = touch.response;
  const publicKey = decodeBase64url(passkey.publicKey);
  if (touch.id !== passkey.credentialId || !publicKey) return { kind: "refused" };
  if (userHandle !== undefined && userHandle !== userHandleOf(passkey.userId)) return { kind: "refused" };
  const site = relyingParty(publicUrl);
  const checked = await verifyAuthenticationResponse({
    response: touch as AuthenticationResponseJSON,
    expectedChallenge: challenge,
    expectedOrigin: site.origin,
    expectedRPID: site.id,
    requireUserVerification: true,
    // The library looks at the counter before the signature. A counter counts here only if the key signed it.
    credential: { id: passkey.credentialId, publicKey, counter: 0 },
  }).catch(() => undefined);
  if (!checked?.verified || isFramed(touch.response.clientDataJSON)) return { kind: "refused" };
  const { newCounter: counter, credentialBackedUp: backedUp } = checked.authenticationInfo;
  if ((counter > 0 || passkey.counter > 0) && counter <= passkey.counter) return { kind: "counter_refused" };
  return { kind: "verified", counter, backedUp };
}

/** Whether the browser says that another site framed our page. The library accepts such an answer where it has no `topOrigin`. */
export function isFramed(clientDataJSON: string): boolean {
  return clientDataIn(clientDataJSON).crossOrigin === true;
}

/** The challenge that a browser's answer names; empty where it names none. The caller decides whether it is its own. */
export function challengeIn(clientDataJSON: string): string {
  const { challenge } = clientDataIn(clientDataJSON);
  return typeof challenge === "string" ? challenge : "";
}

function clientDataIn(clientDataJSON: string): { readonly challenge?: unknown; readonly crossOrigin?: unknown } {
  try {
    return Object(JSON.parse(Buffer.from(clientDataJSON, "base64url").toString()));
  } catch {
    return {};
  }
}

/**
 * The user handle of a person's passkeys. It is not the id, and stays the same when secrets of the server are replaced:
 * devices keep it for good.
 */
export function userHandleOf(userId: string): string {
  return createHash("sha256").update(`passkeys of ${userId}`).digest("base64url");
}

/**
 * Notes the use of a passkey in the batch of what it proves. Aborts with `passkey_used` where the passkey was removed, or
 * another use has the same counter or a later one.
 */
export function noteTouch(
  db: Database,
  { credentialId, userId }: Passkey,
  { counter, backedUp }: Pick<VerifiedTouch, "counter" | "backedUp">,
  now: number,
): Query[] {
  const grows = counter === 0 ? eq(passkeys.counter, 0) : lt(passkeys.counter, counter);
  return [
    db.build
      .update(passkeys)
      .set({ counter, lastUsedAt: now, backedUp: Number(backedUp) })
      .where(and(eq(passkeys.credentialId, credentialId), eq(passkeys.userId, userId), grows)),
    guardChanged(db, "passkey_used"),
  ];
}
