import * as z from "zod";
import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import { hexHash } from "../base/fields.ts";
import { isoTime } from "../base/time.ts";
import type { ApprovalRow } from "../db/approvals.ts";

/** All that a passkey signs for. A change of one member is another challenge. */
export const challengeFields = z.strictObject({
  operationId: z.string(),
  approvalId: z.string(),
  /** The 32 bytes that were drawn with the approval, base64url. */
  random: z.string(),
  /** SHA-256 of the canonical JSON of `random` and the actor's id. */
  actorSha256: hexHash,
  /** The same of the client that asked; null where the person acts on our page. */
  clientSha256: hexHash.nullable(),
  write: z.string(),
  arguments: z.record(z.string(), z.unknown()),
  subjectVersion: z.iso.datetime(),
  text: z.string(),
});

/** What the challenge of one approval is made of. */
export type ChallengeMembers = z.output<typeof challengeFields>;

/** What is decided, as the rows have it at this time. */
export interface Decided {
  readonly input: Readonly<Record<string, unknown>>;
  readonly version: number;
  readonly text: string;
}

/** An approval that a passkey can answer: one that was asked before there were passkeys has no random bytes. */
export type TouchableApproval = ApprovalRow & { readonly challengeRandom: string };

/** The members of the challenge of an approval, for what it decides now. */
export async function membersOf(
  approval: TouchableApproval,
  { input, version, text }: Decided,
): Promise<ChallengeMembers> {
  const { id, operationId, challengeRandom: random, actorId, clientId, writeName } = approval;
  // The file that a person downloads names neither their account nor the app: who knows an id can check its hash.
  const hashed = (id: string) => sha256(canonicalJson([random, id]));
  return {
    operationId,
    approvalId: id,
    random,
    actorSha256: await hashed(actorId),
    clientSha256: clientId === null ? null : await hashed(clientId),
    write: writeName,
    arguments: input,
    subjectVersion: isoTime(version),
    text,
  };
}

/** The challenge of these members: SHA-256 of their canonical JSON. */
export async function challengeOf(members: ChallengeMembers): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonicalJson(members))));
}
