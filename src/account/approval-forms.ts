import { stepBefore } from "../auth/fresh-sign-in.ts";
import type { Person } from "../auth/people.ts";
import { sessionActor } from "../auth/session-actor.ts";
import { endedOnTheWay, toSignIn } from "../auth/sign-in-first.ts";
import { refusalOf } from "../base/refusal.ts";
import { ROUTES } from "../commerce/routes.ts";
import { approvalMailSetting, isMailed, putApprovalMailSetting } from "../db/approval-settings.ts";
import { approvalById } from "../db/approvals.ts";
import { insertAudit } from "../db/audit.ts";
import { forgetDecline } from "../db/declines.ts";
import { isOwnerScope } from "../kernel/actor.ts";
import { seeOther } from "../pages/see-other.ts";
import type { Site } from "../site.ts";
import { type Refused, showApprovals } from "./approvals.tsx";

const NOT_COUNTING: Refused = {
  status: 409,
  words: "This no has ended: a day has passed, or you took it back. Nothing was done.",
};
const NO_CHOICE: Refused = { status: 400, words: "That is not one of the choices. Nothing was done." };

/**
 * `POST /account/approvals/forget`: a person takes a no back, on their own page alone. A no to a write of the owner's takes
 * the sign-in that a yes to it would take.
 */
export const submitForget = (request: Request, site: Site): Promise<Response> =>
  submitted(request, site, async (fields, person) => {
    const { ctx } = site;
    const id = fields.get("approvalId") ?? "";
    const actor = sessionActor(person, ctx);
    const rows = await ctx.db.read({ approval: approvalById(ctx, id), revocationCheck: actor.revocationCheck });
    actor.assertNotRevoked(rows.revocationCheck);
    const scope = rows.approval[0]?.writeName && ctx.findWrite(rows.approval[0].writeName)?.scope;
    const step = scope && isOwnerScope(scope) && stepBefore(person, ctx.clock.now(), ROUTES.accountApprovals);
    if (step) return seeOther(ctx.publicUrl, ctx.publicUrl + step);
    return (await ctx.db.tryCommit(forgetDecline(ctx, id, actor))) === undefined ? undefined : NOT_COUNTING;
  });

/** `POST /account/approvals/mail`: a person switches the mails of what waits. A repeated press changes nothing. */
export const submitApprovalMail = (request: Request, site: Site): Promise<Response> =>
  submitted(request, site, async (fields, person) => {
    const { ctx } = site;
    const wanted = fields.get("told");
    if (wanted !== "on" && wanted !== "off") return NO_CHOICE;
    const told = wanted === "on";
    const actor = sessionActor(person, ctx);
    const rows = await ctx.db.read({
      setting: approvalMailSetting(ctx, person.userId),
      revocationCheck: actor.revocationCheck,
    });
    actor.assertNotRevoked(rows.revocationCheck);
    if (isMailed(rows.setting) === told) return undefined;
    const now = ctx.clock.now();
    const entry = {
      eventKind: "approval_mail_switched",
      subjectId: person.userId,
      subjectStatus: wanted,
      summary: `A person switched the mails of what waits for them ${wanted}.`,
    } as const;
    const by = { actorKind: actor.kind, actorId: actor.id, proof: "approval_page" } as const;
    await ctx.db.commit([putApprovalMailSetting(ctx, person.userId, told, now), insertAudit(ctx, entry, by, now)]);
    return undefined;
  });

/** Takes a form of the signed-in person's own page, and leads back to it; a refusal shows the page as it stands. */
async function submitted(
  request: Request,
  site: Site,
  act: (fields: URLSearchParams, person: Person) => Promise<Refused | Response | undefined>,
): Promise<Response> {
  const { ctx, auth } = site;
  const person = await auth.session(request);
  if (!person) return toSignIn(ctx, ROUTES.accountApprovals);
  const form = await auth.forms.read(request, person);
  if (form.kind === "refused") {
    return showApprovals(request, site, { status: form.status, words: `${form.title}. ${form.advice}` });
  }
  try {
    await ctx.limits.actor(person.userId);
    const refused = await act(form.fields, person);
    if (refused instanceof Response) return refused;
    if (refused) return await showApprovals(request, site, refused);
  } catch (thrown) {
    if (endedOnTheWay(thrown)) return toSignIn(ctx, ROUTES.accountApprovals);
    const { status, details } = refusalOf(thrown, "account:approvals", ctx.log);
    return showApprovals(request, site, { status, words: details.detail });
  }
  return seeOther(ctx.publicUrl, ctx.publicUrl + ROUTES.accountApprovals);
}
