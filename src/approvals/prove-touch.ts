import { cose, decodeCredentialPublicKey } from "@simplewebauthn/server/helpers";
import type { Person } from "../auth/people.ts";
import { judgeTouch, noteTouch, type Passkey, readTouch, type Touch, touchOptions } from "../auth/webauthn.ts";
import { base64url, decodeBase64url } from "../base/base64url.ts";
import { Problem } from "../base/problem.ts";
import { insertAssertion } from "../db/assertions.ts";
import { correlationOf, insertAudit } from "../db/audit.ts";
import { askerKind } from "../kernel/approval.ts";
import { isEnough } from "../kernel/risk.ts";
import type { ProofRows } from "../kernel/run.ts";
import type { Review } from "../kernel/run-write.ts";
import { CREDENTIAL, type PasskeyQuestion } from "../pages/passkey-form.tsx";
import { type AssertionFile, assertionHash, sealAssertion } from "../receipts/assertion.ts";
import { challengeOf, type Decided, membersOf, type TouchableApproval } from "../receipts/challenge.ts";
import type { Site } from "../site.ts";
import type { ApprovalVisit } from "./page.tsx";

/** A touch that was checked. */
interface ProvenTouch extends ProofRows {
  /** The use of the passkey alone, for an operation that was claimed before. */
  readonly use: ProofRows["writes"];
}

/** Whether the owner's rule asks for a passkey: a typed text is then no proof. */
export const needsTouch = ({ minimum }: Pick<Review, "minimum">): boolean => !isEnough("approval_page", minimum);

/** What the browser asks the person's passkeys; undefined for a person without one. */
export async function touchQuestion(
  { approval, passkeys }: ApprovalVisit,
  decided: Decided,
  publicUrl: string,
): Promise<PasskeyQuestion | undefined> {
  if (passkeys.length === 0 || !isTouchable(approval)) return undefined;
  const challenge = await challengeOf(await membersOf(approval, decided));
  return { kind: "get", options: await touchOptions(publicUrl, challenge, passkeys) };
}

/** Whether a passkey can answer an approval. */
const isTouchable = (approval: ApprovalVisit["approval"]): approval is TouchableApproval =>
  approval.challengeRandom !== null;

/**
 * Checks that one of this person's passkeys signed for exactly what is decided now. Answers the rows that its use and its
 * assertion add to the claim. Throws `confirmation_mismatch` for any other answer.
 */
export async function proveTouch(
  { approval, person, passkeys }: ApprovalVisit,
  credential: string,
  decided: Decided,
  { ctx }: Site,
): Promise<ProvenTouch> {
  const answer = answerOf(passkeys, credential);
  if (!answer || !isTouchable(approval)) throw refusedTouch();
  const { touch, passkey } = answer;
  const members = await membersOf(approval, decided);
  const challenge = base64url(await challengeOf(members));
  const verdict = await judgeTouch(touch, { challenge, publicUrl: ctx.publicUrl, passkey });
  if (verdict.kind === "counter_refused") await noteCounter(approval, person, ctx);
  if (verdict.kind !== "verified") throw refusedTouch();
  const now = ctx.clock.now();
  const use = noteTouch(ctx.db, passkey, verdict, now);
  const file: AssertionFile = { type: "commerce-assertion", ...signedPart(touch, passkey), challenge: members };
  const row = {
    operationId: approval.operationId,
    actorId: approval.actorId,
    assertionSha256: await assertionHash(file),
    fileSealed: await sealAssertion(ctx, file),
    createdAt: now,
  };
  return {
    use,
    writes: [...use, insertAssertion(ctx, row)],
    refusalOf: (guard) => (guard === "passkey_used" ? refusedTouch() : undefined),
  };
}

/** Audits a counter that did not grow, which the key itself has signed: two devices may hold it. */
function noteCounter({ id, operationId, status }: TouchableApproval, { userId, isOwner }: Person, ctx: Site["ctx"]) {
  const entry = {
    eventKind: "passkey_counter_refused",
    summary: "A passkey was refused at an approval: its counter did not grow, so a copy of it may exist.",
    subjectId: id,
    subjectStatus: status,
  } as const;
  const by = {
    actorKind: askerKind(null, isOwner),
    actorId: userId,
    operationId,
    auditCorrelationId: correlationOf(operationId),
  };
  return ctx.db.commit([insertAudit(ctx, entry, by, ctx.clock.now())]);
}

/** The hash of an answer's assertion, checked or not; undefined for an answer that is none of this person's passkeys'. */
export async function hashOfTouch({ passkeys }: ApprovalVisit, credential: string): Promise<string | undefined> {
  const answer = answerOf(passkeys, credential);
  return answer && assertionHash(signedPart(answer.touch, answer.passkey));
}

/** An answer with the passkey that it names; undefined for a text of another shape, and for another person's passkey. */
function answerOf(passkeys: readonly Passkey[], credential: string) {
  const touch = readTouch(credential);
  const passkey = passkeys.find(({ credentialId }) => credentialId === touch?.id);
  return touch && passkey && { touch, passkey };
}

function signedPart({ id, response }: Touch, { publicKey }: Passkey): Omit<AssertionFile, "type" | "challenge"> {
  const { clientDataJSON, authenticatorData, signature } = response;
  const key = decodeCredentialPublicKey(decodeBase64url(publicKey) ?? new Uint8Array());
  return {
    assertion: { credentialId: id, clientDataJSON, authenticatorData, signature },
    publicKey: { cose: publicKey, algorithm: Number(key.get(cose.COSEKEYS.alg)) },
  };
}

const refusedTouch = () =>
  new Problem("confirmation_mismatch", {
    detail: "Your passkey did not confirm what this page shows. Nothing was done. Look at it again, then try again.",
    field: CREDENTIAL,
  });
