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

export type Passkey = typeof passkeys.$inferSelect;

/** The most passkeys of one person. */
export const MOST_PASSKEYS = 10;
/** How long a browser waits for a person, in milliseconds. */
const WAIT_MS = 120_000;

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

/** The passkey with this id: one row, or none. */
export function passkeyById(db: Database, credentialId: string) {
  return db.build.select().from(passkeys).where(eq(passkeys.credentialId, credentialId));
}

/** What the browser is asked, as JSON. Without passkeys it offers the person's own for this site. */
export function touchOptions(publicUrl: string, challenge: Uint8Array<ArrayBuffer>, allowed: readonly Passkey[]) {
  return generateAuthenticationOptions({
    rpID: relyingParty(publicUrl).id,
    challenge,
    timeout: WAIT_MS,
    userVerification: "required",
    allowCredentials: allowed.map(({ credentialId, transports }) => ({
      id: credentialId,
      transports: JSON.parse(transports),
    })),
  });
}

const base64urlText = z
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

export type Touch = z.output<typeof touchShape>;

/** Reads the answer of a passkey. Undefined for any other text. */
export function readTouch(json: string | null): Touch | undefined {
  try {
    return touchShape.parse(JSON.parse(json ?? ""));
  } catch {
    return undefined;
  }
}

/**
 * Checks an answer against the passkey that it names: challenge, origin, RP id, user verified, signature, and a counter that
 * grows where it is not 0 on both sides (WebAuthn level 3, section 7.2). Answers the new counter; undefined for any other.
 */
export async function verifyTouch(
  touch: Touch,
  expected: { readonly challenge: string; readonly publicUrl: string; readonly passkey: Passkey },
): Promise<number | undefined> {
  const { passkey, publicUrl, challenge } = expected;
  const publicKey = decodeBase64url(passkey.publicKey);
  if (touch.id !== passkey.credentialId || !publicKey) return undefined;
  const site = relyingParty(publicUrl);
  const checked = await verifyAuthenticationResponse({
    response: touch as AuthenticationResponseJSON,
    expectedChallenge: challenge,
    expectedOrigin: site.origin,
    expectedRPID: site.id,
    requireUserVerification: true,
    credential: { id: passkey.credentialId, publicKey, counter: passkey.counter },
  }).catch(() => undefined);
  if (!checked?.verified || isFramed(touch)) return undefined;
  return checked.authenticationInfo.newCounter;
}

/** Whether the browser was asked inside a page of another site (section 5.8.1). The library lets that pass without `topOrigin`. */
function isFramed({ response }: Touch): boolean {
  const bytes = decodeBase64url(response.clientDataJSON);
  return !bytes || ![undefined, false].includes(JSON.parse(new TextDecoder().decode(bytes)).crossOrigin);
}

/**
 * Notes the use of a passkey in the batch of what it proves. Aborts with `passkey_used` where the passkey was removed, or
 * another use has the same counter or a later one.
 */
export function noteTouch(db: Database, { credentialId, userId }: Passkey, counter: number, now: number): Query[] {
  const grows = counter === 0 ? eq(passkeys.counter, 0) : lt(passkeys.counter, counter);
  return [
    db.build
      .update(passkeys)
      .set({ counter, lastUsedAt: now })
      .where(and(eq(passkeys.credentialId, credentialId), eq(passkeys.userId, userId), grows)),
    guardChanged(db, "passkey_used"),
  ];
}
