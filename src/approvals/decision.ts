import { approvingActor } from "../auth/approving-actor.ts";
import type { Problem } from "../base/problem.ts";
import { refusalOf } from "../base/refusal.ts";
import { declineApproval, withdrawApproval } from "../db/approvals.ts";
import { GuardFailed } from "../db/database.ts";
import type { Actor } from "../kernel/actor.ts";
import { approvedCall, askerKind } from "../kernel/approval.ts";
import { endsApproval } from "../kernel/approval-obstacles.ts";
import type { WriteAnswer } from "../kernel/confirmed-write.ts";
import { finishApproved, runAndTell } from "../kernel/run-write.ts";
import { typedText } from "../pages/confirmation.tsx";
import { TOO_LONG } from "../pages/layout.tsx";
import { readForm } from "../pages/read-form.ts";
import type { Site } from "../site.ts";
import { CHANGED, DONE, endOf, refusedEnd } from "./ends.ts";
import { approvalPage, donePage, findPlace, type Place } from "./page.tsx";

/** `POST /approvals/{id}`: approves, and runs the write there and then; or declines. Once: after that it tells the end. */
export async function decideOnApproval(id: string, request: Request, site: Site): Promise<Response> {
  const place = await findPlace(id, request, site);
  if (place instanceof Response) return place;
  const form = await readForm(request);
  if (form === "too long") return approvalPage(place, request, site, { status: 413, words: TOO_LONG });
  if (!form || !site.auth.forms.accepts(request, form.fields, place.person)) {
    const words = "That form is out of date. Please decide again.";
    return approvalPage(place, request, site, { status: 403, words });
  }
  const decision = form.fields.get("decision");
  if (decision === "approve") return approve(place, typedText(form.fields), request, site);
  if (decision === "decline") return decline(place, request, site);
  // A yes is pressed, never assumed.
  return approvalPage(place, request, site, { status: 400 });
}

async function approve(place: Place, text: string, request: Request, site: Site): Promise<Response> {
  const { approval, operation, write, person } = place;
  const { ctx } = site;
  const unfinished = operation?.status === "pending" || operation?.status === "outcome_unknown" ? operation : undefined;
  const ended = await endOf(approval, operation, ctx);
  if (ended && !unfinished) return donePage(place, site, ended, { status: 409 });
  const actor = approvingActor(approval, person, write, ctx);
  let answer: WriteAnswer;
  let claimed = false;
  try {
    await site.limits.actor(person.userId);
    if (unfinished) answer = await finishApproved(write, unfinished, { actor, text }, ctx);
    else {
      const { args } = await approvedCall(write, approval, ctx);
      const typed = { text, proof: "approval_page", approval } as const;
      ({ answer, claimed } = await runAndTell(write, { actor, args, typed }, ctx));
    }
  } catch (thrown) {
    return refusedPage(place, refusalOf(thrown, write.name, ctx.log), request, site);
  }
  if (answer.operationId !== approval.operationId) {
    // A complete call came first: what it did, this person did not approve.
    await ctx.db.commit(withdrawApproval(ctx, approval.id, "replaced", byPerson(place)));
  } else if (!answer.replayed) return donePage(place, site, DONE);
  // An agent's repeat may have finished what this yes began.
  return endedPage(place, request, site, claimed ? 200 : 409);
}

/** What became of a yes that was refused. What no waiting cures takes the approval back. */
async function refusedPage(place: Place, problem: Problem, request: Request, site: Site): Promise<Response> {
  const { approval } = place;
  const { ctx } = site;
  let refused = problem;
  if (problem.code === "confirmation_mismatch") {
    // What was typed may be what was shown, before the facts in it changed.
    const changed = approval.status === "pending" && (await ctx.obstaclesTo([approval])).get(approval.id);
    if (!changed)
      return approvalPage(place, request, site, { status: 422, textError: "That is not the exact text above." });
    refused = changed.problem;
  }
  const because = becauseOf(refused);
  // A yes that lost to a complete call is not what is being worked on: how it stands says which.
  if (refused.code === "operation_in_progress") return endedPage(place, request, site);
  if (!because) return donePage(place, site, refusedEnd(refused), { status: refused.status, lookAgain: true });
  const now = await findPlace(approval.id, request, site);
  if (now instanceof Response) return now;
  // Another decision, or a later call, may have been first.
  const ended = await endOf(now.approval, now.operation, ctx);
  if (ended) return donePage(now, site, ended, { status: 409 });
  await ctx.db.commit(withdrawApproval(ctx, approval.id, because, byPerson(place)));
  const end = refused.code === "stale_state" ? CHANGED : refusedEnd(refused);
  return donePage(place, site, end, { status: 409 });
}

function becauseOf(problem: Problem) {
  if (problem.code === "unauthenticated") return "client_revoked";
  return endsApproval(problem) ? "subject_changed" : undefined;
}

async function decline(place: Place, request: Request, site: Site): Promise<Response> {
  const { ctx } = site;
  try {
    await ctx.db.commit(declineApproval(ctx, place.approval.id, byPerson(place)));
  } catch (error) {
    if (!(error instanceof GuardFailed)) throw error;
    return endedPage(place, request, site);
  }
  return donePage(place, site, { title: "You declined this", words: "Nothing was done." });
}

/** What happened: with 409 for a decision that came too late. */
async function endedPage({ approval }: Place, request: Request, site: Site, status = 409): Promise<Response> {
  const place = await findPlace(approval.id, request, site);
  return place instanceof Response ? place : approvalPage(place, request, site, { status });
}

const byPerson = ({ person }: Place): Pick<Actor, "kind" | "id"> => ({
  kind: askerKind(null, person.isOwner),
  id: person.userId,
});
