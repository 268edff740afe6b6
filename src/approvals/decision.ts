import { approvingActor } from "../auth/approving-actor.ts";
import { type Problem, staleState } from "../base/problem.ts";
import { refusalOf } from "../base/refusal.ts";
import { declineApproval, withdrawApproval } from "../db/approvals.ts";
import { assertionOf } from "../db/assertions.ts";
import { GuardFailed } from "../db/database.ts";
import type { OperationRow } from "../db/operations.ts";
import type { Actor } from "../kernel/actor.ts";
import { askerKind, openStoredCall } from "../kernel/approval.ts";
import { endsApproval } from "../kernel/approval-obstacles.ts";
import type { WriteAnswer } from "../kernel/confirmed-write.ts";
import { claimedWith, finishApproved, reviewApproval, runWriteWithClaim } from "../kernel/run-write.ts";
import { operationUri, wasShownOtherwise } from "../kernel/write-refusals.ts";
import { typedText } from "../pages/confirmation.tsx";
import { CREDENTIAL } from "../pages/passkey-form.tsx";
import type { Site } from "../site.ts";
import { CHANGED, DECLINED, DONE, endOf, refusedEnd } from "./ends.ts";
import { SHOWN } from "./lines.tsx";
import { type ApprovalVisit, approvalPage, donePage, findApproval } from "./page.tsx";
import { hashOfTouch, proveTouch } from "./prove-touch.ts";

/** `POST /approvals/{id}`: approves and runs the write, or declines. A decided approval only tells how it ended. */
export async function decideOnApproval(id: string, request: Request, site: Site): Promise<Response> {
  const visit = await findApproval(id, request, site);
  if (visit instanceof Response) return visit;
  const form = await site.auth.forms.read(request, visit.person);
  if (form.kind === "refused") {
    return approvalPage(visit, request, site, { status: form.status, words: `${form.title}. ${form.advice}` });
  }
  const decision = form.fields.get("decision");
  const shown = form.fields.get(SHOWN) ?? "";
  const touch = form.fields.get(CREDENTIAL);
  const given = touch === null ? { text: typedText(form.fields), shown } : { touch, shown };
  if (decision === "approve") return approve(visit, given, request, site);
  if (decision === "decline") return decline(visit, request, site);
  // A form without a pressed button approves nothing.
  return approvalPage(visit, request, site, { status: 400 });
}

/** What a person gave with their yes: the typed text or their passkey's answer, and the hash of the lines that their page showed. */
type Given = ({ readonly text: string } | { readonly touch: string }) & { readonly shown: string };

async function approve(visit: ApprovalVisit, given: Given, request: Request, site: Site): Promise<Response> {
  const { approval, operation, write, person } = visit;
  const { ctx } = site;
  const unfinished = operation?.status === "pending" || operation?.status === "outcome_unknown" ? operation : undefined;
  const ended = await endOf(visit, ctx);
  if (ended && !unfinished) return donePage(visit, site, ended, { status: 409 });
  const actor = approvingActor(approval, person, write, ctx);
  let answer: WriteAnswer;
  let claimed = false;
  try {
    await ctx.limits.actor(person.userId);
    if (unfinished) {
      const text = "touch" in given ? await touchedAgain(visit, unfinished, given.touch, site) : given.text;
      // The answer that claimed it came a second time: a passkey answers once.
      if (text === undefined) return endedPage(visit, request, site);
      answer = await finishApproved(write, unfinished, { actor, text }, ctx);
    } else {
      const { args } = await openStoredCall(write, approval, ctx);
      const confirmed =
        "touch" in given
          ? await touched(visit, actor, given.touch, site)
          : ({ text: given.text, proof: "approval_page" } as const);
      const typed = { ...confirmed, approval, shown: given.shown };
      ({ answer, claimed } = await runWriteWithClaim(write, { actor, args, typed }, ctx));
    }
  } catch (thrown) {
    const problem = refusalOf(thrown, write.name, ctx.log);
    return refusedPage(visit, { problem, typed: "text" in given ? given.text : undefined }, request, site);
  }
  if (answer.operationId !== approval.operationId) {
    // A complete call came first: this person did not approve its operation.
    await ctx.db.commit(withdrawApproval(ctx, approval.id, "replaced", byPerson(visit)));
  } else if (!answer.replayed) return donePage(visit, site, DONE);
  // An agent's repeated call may have finished the operation that this approval claimed.
  return endedPage(visit, request, site, claimed ? 200 : 409);
}

/** The exact text of now, which the person's passkey signed for, with the rows that this adds to the claim. */
async function touched(visit: ApprovalVisit, actor: Actor, touch: string, site: Site) {
  const { write, approval } = visit;
  const review = await reviewApproval(write, approval, actor, site.ctx);
  if (review.changed) throw staleState(operationUri(approval.operationId));
  return { text: review.text, proof: "passkey", proofRows: await proveTouch(visit, touch, review, site) } as const;
}

/** The text of an unfinished operation, which the person's passkey signs for once more; undefined for the answer that claimed it. */
async function touchedAgain(visit: ApprovalVisit, unfinished: OperationRow, touch: string, site: Site) {
  const { ctx } = site;
  const [claim] = (await ctx.db.read({ claim: assertionOf(ctx, unfinished.id) })).claim;
  const decided = await claimedWith(unfinished, ctx);
  if (claim && (await hashOfTouch(visit, touch)) === claim.assertionSha256) return undefined;
  const { use, refusalOf: refusedBy } = await proveTouch(visit, touch, decided, site);
  const guard = await ctx.db.tryCommit(use);
  if (guard) throw refusedBy(guard) ?? new Error(`a guard of another batch: ${guard}`);
  return decided.text;
}

const OTHER_LINES = "Something here has changed since you opened the page. Nothing was done: read it again.";

/** The page after a refused attempt to approve. A refusal that would repeat ends the approval. */
async function refusedPage(
  visit: ApprovalVisit,
  { problem, typed }: { readonly problem: Problem; readonly typed: string | undefined },
  request: Request,
  site: Site,
): Promise<Response> {
  const { approval } = visit;
  const { ctx } = site;
  if (wasShownOtherwise(problem)) return approvalPage(visit, request, site, { status: 409, words: OTHER_LINES });
  let refused = problem;
  if (problem.code === "confirmation_mismatch") {
    // The typed text may be the one that the page showed before its facts changed.
    const changed = approval.status === "pending" && (await ctx.obstaclesTo([approval])).get(approval.id);
    if (!changed) {
      return approvalPage(visit, request, site, {
        status: 422,
        ...(typed === undefined ? { words: problem.details.detail } : { typed }),
      });
    }
    refused = changed.problem;
  }
  // The owner's rule takes a passkey alone: the page says so, and leads to one.
  if (refused.code === "approval_required")
    return approvalPage(visit, request, site, { status: 409, words: ONLY_TOUCH });
  const reason = withdrawalReason(refused);
  // The operation in progress may belong to a complete call instead of this approval: the page shows the stored state.
  if (refused.code === "operation_in_progress") return endedPage(visit, request, site);
  if (!reason) return donePage(visit, site, refusedEnd(refused), { status: refused.status, lookAgain: true });
  const now = await findApproval(approval.id, request, site);
  if (now instanceof Response) return now;
  // Another decision, or a later call, may have been first.
  const ended = await endOf(now, ctx);
  if (ended) return donePage(now, site, ended, { status: 409 });
  await ctx.db.commit(withdrawApproval(ctx, approval.id, reason, byPerson(visit)));
  const end = refused.code === "stale_state" ? CHANGED : refusedEnd(refused);
  return donePage(visit, site, end, { status: 409 });
}

const ONLY_TOUCH = "A typed text is not enough here: this is approved with a passkey.";

/** Why a refusal ends the approval; undefined where a later attempt may succeed. */
function withdrawalReason(problem: Problem) {
  if (problem.code === "unauthenticated") return "client_revoked";
  return endsApproval(problem) ? "subject_changed" : undefined;
}

async function decline(visit: ApprovalVisit, request: Request, site: Site): Promise<Response> {
  const { ctx } = site;
  try {
    await ctx.db.commit(declineApproval(ctx, visit.approval.id, byPerson(visit)));
  } catch (error) {
    if (!(error instanceof GuardFailed)) throw error;
    return endedPage(visit, request, site);
  }
  return donePage({ ...visit, approval: { ...visit.approval, status: "declined" } }, site, DECLINED);
}

/** How the approval ended; 409 for a decision that came too late. */
async function endedPage({ approval }: ApprovalVisit, request: Request, site: Site, status = 409): Promise<Response> {
  const visit = await findApproval(approval.id, request, site);
  return visit instanceof Response ? visit : approvalPage(visit, request, site, { status });
}

const byPerson = ({ person }: ApprovalVisit): Pick<Actor, "kind" | "id"> => ({
  kind: askerKind(null, person.isOwner),
  id: person.userId,
});
