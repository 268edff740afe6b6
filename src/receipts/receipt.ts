import * as z from "zod";
import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import { hexHash } from "../base/fields.ts";
import { Problem } from "../base/problem.ts";
import { assertRedacted } from "../base/redaction.ts";
import { isoTime } from "../base/time.ts";
import type { OperationRow } from "../db/operations.ts";
import { ACTOR_KINDS, PROOFS } from "../db/schema/vocabulary.ts";
import type { Context } from "../kernel/context.ts";
import { openAnswer } from "../kernel/sealed-columns.ts";
import type { SigningKeys } from "../signing/keys.ts";
import { type Statement, sign } from "../signing/signed.ts";

/**
 * The claims of a receipt, without names: a holder of the arguments and the result can compute their hashes, and the
 * hashes of actor and client are under the server's key, so that only the server can resolve them.
 */
const receiptFields = z.strictObject({
  /** The origin of the server that signed. */
  iss: z.url(),
  /** When the operation finished, in seconds (RFC 7519 section 4.1.6). */
  iat: z.int(),
  operationId: z.string(),
  write: z.string(),
  actorKind: z.enum(ACTOR_KINDS),
  /** HMAC of the actor's id under the server's key. */
  actorHash: hexHash,
  /** HMAC of the client that carried the call; null where the person acted on our page. */
  clientHash: hexHash.nullable(),
  /** SHA-256 of the canonical JSON of write, arguments and expected version. */
  argumentsSha256: hexHash,
  subject: z.strictObject({ id: z.string(), version: z.iso.datetime() }),
  confirmation: z.strictObject({
    text: z.string(),
    proof: z.enum(PROOFS),
    /** Of the assertion and its public key, where a passkey was touched. A second file has both. */
    assertionSha256: hexHash.optional(),
  }),
  /** SHA-256 of the canonical JSON of the result (RFC 8785). */
  resultSha256: hexHash,
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
});

/** The claims of one receipt. */
export type Receipt = z.output<typeof receiptFields>;

/** How receipts are signed and read. */
export const RECEIPT: Statement<Receipt> = { type: "commerce-receipt+jws", name: "receipt", fields: receiptFields };

/** The row of an operation, and the hash of the assertion that proves it, where there is one. */
interface Proven {
  readonly operation: OperationRow;
  readonly assertionSha256: string | undefined;
}

/**
 * The signed receipt of a succeeded operation (RFC 7515), made from its rows alone: it is the same byte for byte each time
 * while the key stays. Throws `ineligible_state` for an operation without a result.
 */
export async function receiptOf(
  { operation: row, assertionSha256 }: Proven,
  keys: SigningKeys,
  ctx: Context,
): Promise<string> {
  if (row.status !== "succeeded") {
    throw new Problem("ineligible_state", {
      detail: "Only an operation that has succeeded has a signed confirmation.",
    });
  }
  const { keyring } = ctx;
  const receipt: Receipt = {
    iss: ctx.publicUrl,
    iat: Math.floor(row.updatedAt / 1000),
    operationId: row.id,
    write: row.writeName,
    actorKind: row.actorKind,
    actorHash: await keyring.keyedHash(row.actorId, "receipt-actor"),
    clientHash: row.clientId === null ? null : await keyring.keyedHash(row.clientId, "receipt-client"),
    argumentsSha256: row.fingerprint,
    subject: { id: row.subjectId, version: isoTime(row.subjectUpdatedAt) },
    confirmation: { text: row.confirmedText, proof: row.proof, ...(assertionSha256 && { assertionSha256 }) },
    resultSha256: await sha256(canonicalJson(await openAnswer(ctx, row))),
    startedAt: isoTime(row.createdAt),
    finishedAt: isoTime(row.updatedAt),
  };
  return sign(RECEIPT, assertRedacted(receipt), keys);
}
