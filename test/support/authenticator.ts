import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { bytesOf, type Cbor, cbor, derOf, fromText, join, toText, uint } from "./webauthn-bytes.ts";
import { ORIGIN } from "./world.ts";

/** The algorithms that passkeys are registered with here, by their COSE names. */
export type Algorithm = "ES256" | "EdDSA" | "RS256";

/** A passkey as its device holds it. `counter` is what the last signature carried; 0 for a device that counts nothing. */
export interface SoftKey {
  readonly id: string;
  readonly algorithm: Algorithm;
  readonly privateKey: CryptoKey;
  /** COSE. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** The user handle that the site gave when the key was made; null for a key that keeps none. */
  userHandle: string | null;
  counter: number;
}

/** What an answer says. Each is what an honest device on our site says, unless a test makes it wrong. */
export interface Knobs {
  readonly origin?: string;
  readonly rpId?: string;
  readonly userPresent?: boolean;
  readonly userVerified?: boolean;
  readonly backupEligible?: boolean;
  readonly backedUp?: boolean;
  /** The counter of this answer. Left out: one more than the last, or 0 for a key that counts nothing. */
  readonly counter?: number;
  /** The ceremony that the browser names. */
  readonly type?: string;
  readonly crossOrigin?: boolean;
  readonly topOrigin?: string;
  /** The credential id that the answer names. */
  readonly id?: string;
  /** The user handle that the answer names; null leaves it out. */
  readonly userHandle?: string | null;
  /** Signs in place of the key's own private key. */
  readonly signer?: SoftKey;
  /** Changes bytes after they were signed. */
  readonly spoiled?: "signature" | "authenticatorData" | "clientDataJSON";
}

/** What a registration says beside that. */
export interface RegistrationKnobs extends Knobs {
  readonly format?: string;
  /** The attestation statement: text keys, with bytes, numbers or lists of bytes. */
  readonly statement?: Readonly<Record<string, Cbor>>;
  readonly transports?: readonly string[];
}

const WEB_ALGORITHMS = {
  ES256: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  EdDSA: { name: "Ed25519" },
  RS256: {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
  },
} as const;

/** A new key of a device in software. */
export async function makeKey(algorithm: Algorithm = "ES256", { counts = true } = {}): Promise<SoftKey> {
  const pair = (await crypto.subtle.generateKey(WEB_ALGORITHMS[algorithm], true, ["sign", "verify"])) as CryptoKeyPair;
  const jwk = (await crypto.subtle.exportKey("jwk", pair.publicKey)) as JsonWebKey;
  return {
    id: toText(crypto.getRandomValues(new Uint8Array(20))),
    algorithm,
    privateKey: pair.privateKey,
    publicKey: coseOf(algorithm, jwk),
    userHandle: null,
    counter: counts ? 1 : 0,
  };
}

/** The answer of a device that made this key (`navigator.credentials.create`). */
export async function register(
  key: SoftKey,
  challenge: string,
  knobs: RegistrationKnobs = {},
): Promise<RegistrationResponseJSON> {
  const { format = "none", statement = {}, transports = ["internal"] } = knobs;
  const clientData = clientDataOf(challenge, "webauthn.create", knobs);
  const id = fromText(knobs.id ?? key.id);
  const attested = join(new Uint8Array(16), uint(id.length, 2), id, key.publicKey);
  const authData = join(await authenticatorDataOf(knobs.counter ?? key.counter, 0x40, knobs), attested);
  const attestationObject = cbor(
    new Map<Cbor, Cbor>([
      ["fmt", format],
      ["attStmt", new Map<Cbor, Cbor>(Object.entries(statement))],
      ["authData", authData],
    ]),
  );
  if (knobs.userHandle !== undefined) key.userHandle = knobs.userHandle;
  return {
    id: toText(id),
    rawId: toText(id),
    type: "public-key",
    clientExtensionResults: {},
    response: {
      clientDataJSON: toText(clientData),
      attestationObject: toText(attestationObject),
      transports: [...transports] as ("internal" | "usb")[],
    },
  };
}

/** The answer of a device that signs with this key (`navigator.credentials.get`). Its counter goes on. */
export async function sign(key: SoftKey, challenge: string, knobs: Knobs = {}): Promise<AuthenticationResponseJSON> {
  const { counter = key.counter === 0 ? 0 : key.counter + 1, id = key.id, userHandle = key.userHandle } = knobs;
  const clientDataJSON = clientDataOf(challenge, "webauthn.get", knobs);
  const authenticatorData = await authenticatorDataOf(counter, 0, knobs);
  const signature = await signatureOf(knobs.signer ?? key, join(authenticatorData, await digestOf(clientDataJSON)));
  key.counter = Math.max(key.counter, counter);
  const response = { clientDataJSON, authenticatorData, signature };
  if (knobs.spoiled) response[knobs.spoiled] = spoil(response[knobs.spoiled]);
  return {
    id,
    rawId: id,
    type: "public-key",
    clientExtensionResults: {},
    response: {
      clientDataJSON: toText(response.clientDataJSON),
      authenticatorData: toText(response.authenticatorData),
      signature: toText(response.signature),
      ...(userHandle !== null && { userHandle }),
    },
  };
}

/** The row of `passkeys` that a registration of this key leaves, for a test that is about its use alone. */
export function rowOf(key: SoftKey, userId: string, createdAt: number) {
  return {
    credential_id: key.id,
    user_id: userId,
    public_key: toText(key.publicKey),
    counter: key.counter,
    transports: '["internal"]',
    name: "Test key",
    backed_up: 0,
    created_at: createdAt,
  };
}

/** The question that a page of ours puts to a passkey, with the fields of its form. */
export function questionIn(html: string, kind: "create" | "get") {
  for (const [, text = ""] of html.matchAll(/data-passkey="([^"]*)"/g)) {
    const question = JSON.parse(text.replaceAll("&quot;", '"').replaceAll("&amp;", "&").replaceAll("&#39;", "'"));
    if (question.kind === kind) {
      return question.options as {
        readonly challenge: string;
        readonly user?: { readonly id: string; readonly name: string };
        readonly allowCredentials?: readonly { readonly id: string }[];
        readonly excludeCredentials?: readonly { readonly id: string }[];
      };
    }
  }
  throw new Error(`no question for a passkey (${kind}) in ${html}`);
}

function clientDataOf(challenge: string, ceremony: string, knobs: Knobs): Uint8Array<ArrayBuffer> {
  const { type = ceremony, origin = ORIGIN, crossOrigin = false, topOrigin } = knobs;
  return bytesOf(JSON.stringify({ type, challenge, origin, crossOrigin, ...(topOrigin && { topOrigin }) }));
}

/** WebAuthn level 3, section 6.1. */
async function authenticatorDataOf(counter: number, more: number, knobs: Knobs): Promise<Uint8Array<ArrayBuffer>> {
  const { rpId = new URL(ORIGIN).hostname, userPresent = true, userVerified = true } = knobs;
  const { backedUp = false, backupEligible = backedUp } = knobs;
  const flags =
    Number(userPresent) * 1 + Number(userVerified) * 4 + Number(backupEligible) * 8 + Number(backedUp) * 16 + more;
  return join(await digestOf(bytesOf(rpId)), uint(flags, 1), uint(counter, 4));
}

async function signatureOf({ algorithm, privateKey }: SoftKey, data: Uint8Array<ArrayBuffer>) {
  const raw = new Uint8Array(await crypto.subtle.sign(WEB_ALGORITHMS[algorithm], privateKey, data));
  return algorithm === "ES256" ? derOf(raw) : raw;
}

/** RFC 9053, sections 2 and 7. */
function coseOf(algorithm: Algorithm, jwk: JsonWebKey): Uint8Array<ArrayBuffer> {
  const [x, y, n, e] = [jwk.x, jwk.y, jwk.n, jwk.e].map((text) => fromText(text ?? ""));
  const entries = {
    ES256: [
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, x],
      [-3, y],
    ],
    EdDSA: [
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, x],
    ],
    RS256: [
      [1, 3],
      [3, -257],
      [-1, n],
      [-2, e],
    ],
  }[algorithm];
  return cbor(new Map(entries as [Cbor, Cbor][]));
}

function spoil(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  copy[copy.length - 1] = (copy[copy.length - 1] ?? 0) ^ 1;
  return copy;
}

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
