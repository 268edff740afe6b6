import { approvingActor } from "../auth/approving-actor.ts";
import type { Problem } from "../base/problem.ts";
import { refusalOf } from "../base/refusal.ts";
import { declineApproval, withdrawApproval } from "../db/approvals.ts";
import { GuardFailed } from "../db/database.ts";
import type { Actor } from "../kernel/actor.ts";
import { askerKind, openStoredCall } from "../kernel/approval.ts";
import { endsApproval } from "../kernel/approval-obstacles.ts";
import type { WriteAnswer } from "../kernel/confirmed-write.ts";
import { finishApproved, runWriteWithClaim } from "../kernel/run-write.ts";
import { wasShownOtherwise } from "../kernel/write-refusals.ts";
import { typedText } from "../pages/confirmation.tsx";
import type { Site } from "../site.ts";
import { CHANGED, DECLINED, DONE, endOf, refusedEnd } from "./ends.ts";
import { SHOWN } from "./lines.tsx";
import { type ApprovalVisit, approvalPage, donePage, findApproval } from "./page.tsx";

/** `POST /approvals/{id}`: approves and runs the write, or declines. A decided approval only tells how it ended. */
export async function decideOnApproval(id: string, request: Request, site: Site): Promise<Response> {
  const visit = await findApproval(id, request, site);
  if (visit instanceof Response) return visit;
  const form = await site.auth.forms.read(request, visit.person);
  if (form.kind === "refused") {
    return approvalPage(visit, request, site, { status: form.status, words: `${form.title}. ${form.advice}` });
  }
  const decision = form.fields.get("decision");
  const given = { text: typedText(form.fields), shown: form.fields.get(SHOWN) ?? "" };
  if (decision === "approve") return approve(visit, given, request, site);
  if (decision === "decline") return decline(visit, request, site);
  // A form without a pressed button approves nothing.
  return approvalPage(visit, request, site, { status: 400 });
}

/** What a person gave with their yes: the text, and the hash of the lines that their page showed. */
interface Given {
  readonly text: string;
  readonly shown: string;
}

async function approve(visit: ApprovalVisit, given: Given, request: Request, site: Site): Promise<Response> {
  const { text, shown } = given;
  const { approval, operation, write, person } = visit;
  const { ctx } = site;
  const unfinished = operation?.status === "pending" || operation?.status === "outcome_unknown" ? operation : undefined;
  const ended = await endOf(visit, ctx);
  if (ended && !unfinished) return donePage(visit, site, ended, { status: 409 });
  const actor = approvingActor(approval, person, write, ctx);
  let answer: WriteAnswer;
  let claimed = false;
  try {
    await site.ctx.limits.actor(person.userId);
    if (unfinished) answer = await finishApproved(write, unfinished, { actor, text }, ctx);
    else {
      const { args } = await openStoredCall(write, approval, ctx);
      const typed = { text, proof: "approval_page", approval, shown } as const;
      ({ answer, claimed } = await runWriteWithClaim(write, { actor, args, typed }, ctx));
    }
  } catch (thrown) {
    return refusedPage(visit, { problem: refusalOf(thrown, write.name, ctx.log), typed: text }, request, site);
  }
  if (answer.operationId !== approval.operationId) {
    // A complete call came first: this person did not approve its operation.
    await ctx.db.commit(withdrawApproval(ctx, approval.id, "replaced", byPerson(visit)));
  } else if (!answer.replayed) return donePage(visit, site, DONE);
  // An agent's repeated call may have finished the operation that this approval claimed.
  return endedPage(visit, request, site, claimed ? 200 : 409);
}

const OTHER_LINES = "Something here has changed since you opened the page. Nothing was done: read it again.";

/** The page after a refused attempt to approve. A refusal that would repeat ends the approval. */
async function refusedPage(
  visit: ApprovalVisit,
  { problem, typed }: { readonly problem: Problem; readonly typed: string },
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
    if (!changed) return approvalPage(visit, request, site, { status: 422, typed });
    refused = changed.problem;
  }
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
