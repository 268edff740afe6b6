import { type RegistrationResponseJSON, verifyRegistrationResponse } from "@simplewebauthn/server";
import * as z from "zod";
import { base64url } from "../base/base64url.ts";
import type { PasskeyQuestion } from "../pages/passkey-form.tsx";
import type { AuthContext } from "./context.ts";
import { newChallenge } from "./passkey-challenge.ts";
import type { Person } from "./people.ts";
import { base64urlText, isFramed, type Passkey, relyingParty, userHandleOf, WAIT_MS } from "./webauthn.ts";

/** Ed25519, P-256 and RSA by their COSE numbers, the preferred first. */
const ALGORITHMS = [-8, -7, -257];

/** The ways to an authenticator that WebAuthn names. Browsers also report others, and an empty one. */
const TRANSPORTS = ["ble", "hybrid", "internal", "nfc", "smart-card", "usb"];

/** What the browser is asked to make: a key that names its person by itself, and signs once it has verified them. */
export function registrationQuestion(
  auth: AuthContext,
  person: Person,
  business: string,
  existing: readonly Passkey[],
): PasskeyQuestion {
  return {
    kind: "create",
    options: {
      challenge: base64url(newChallenge(auth, "add", person.sessionId)),
      rp: { id: relyingParty(auth.publicUrl).id, name: business },
      user: { id: userHandleOf(person.userId), name: person.email, displayName: person.name },
      pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
      timeout: WAIT_MS,
      attestation: "none",
      authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
      // Without transports: browsers that are told some look nowhere else.
      excludeCredentials: existing.map(({ credentialId }) => ({ type: "public-key", id: credentialId })),
    },
  };
}

const registrationShape = z.object({
  id: base64urlText,
  rawId: base64urlText,
  type: z.literal("public-key"),
  response: z.object({
    clientDataJSON: base64urlText,
    attestationObject: base64urlText,
    transports: z.array(z.string()).max(20),
  }),
});

/** A new passkey as the browser made it. */
type Registration = z.output<typeof registrationShape>;

/** Reads what the browser made. Undefined for any other text. */
export function readRegistration(json: string | null): Registration | undefined {
  try {
    return registrationShape.parse(JSON.parse(json ?? ""));
  } catch {
    return undefined;
  }
}

/**
 * Checks a new passkey: challenge, origin outside of a frame, RP id, user verified, algorithm (WebAuthn level 3, section
 * 7.1). Undefined for any other, and for one that comes with a certificate, which this server did not ask for.
 */
export async function verifyRegistration(
  registration: Registration,
  expected: { readonly challenge: string; readonly publicUrl: string },
): Promise<Pick<Passkey, "credentialId" | "publicKey" | "counter" | "transports" | "backedUp"> | undefined> {
  const site = relyingParty(expected.publicUrl);
  const checked = await verifyRegistrationResponse({
    response: { ...registration, clientExtensionResults: {} } as RegistrationResponseJSON,
    expectedChallenge: expected.challenge,
    expectedOrigin: site.origin,
    expectedRPID: site.id,
    requireUserVerification: true,
    supportedAlgorithmIDs: ALGORITHMS,
  }).catch(() => undefined);
  if (!checked?.verified || isFramed(registration.response.clientDataJSON)) return undefined;
  const { credential, credentialBackedUp } = checked.registrationInfo;
  // The library compares the two names that the browser gave, and neither with the key's own.
  if (credential.id !== registration.id) return undefined;
  return {
    credentialId: credential.id,
    publicKey: base64url(credential.publicKey),
    counter: credential.counter,
    transports: JSON.stringify(TRANSPORTS.filter((one) => registration.response.transports.includes(one))),
    backedUp: Number(credentialBackedUp),
  };
}
