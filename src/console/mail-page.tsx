import { sessionActor } from "../auth/session-actor.ts";
import { invalidInput } from "../base/problem.ts";
import { insertAudit } from "../db/audit.ts";
import { ownerIsMailed, ownerMailSetting, putOwnerMailSetting } from "../db/mail-sending.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Context } from "../kernel/context.ts";
import { Notice } from "../pages/form-parts.tsx";
import { ActionForm } from "./confirmed-form.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";

const TOLD_OF = [
  "a request that waits for your approval",
  "an order that is blocked",
  "a payment for a plan that gives nothing",
  "a dispute",
  "Stripe's events that are not delivered any more",
  "a buyer who wants to be talked to",
];

/** Whether the owner is told by mail of what waits for them, and the button that switches it. */
export const mailPage: ConsolePage = {
  path: "/owner/mail",

  async show(visit, refusal) {
    const { ctx } = visit.site;
    const { rows, business } = await readRows(visit, { setting: ownerMailSetting(ctx) });
    const told = ownerIsMailed(rows.setting);
    const content = (
      <>
        {ctx.mail === null && (
          <Notice kind="bad">
            This deployment sends no mail: neither you nor your buyers are told anything. Set its sender address to
            change that.
          </Notice>
        )}
        <p>{told ? "You are told by mail. Now: on." : "You are not told by mail. Now: off."}</p>
        <p>One mail tells of all that waits, with counts and links to this console, and nothing private:</p>
        <ul>
          {TOLD_OF.map((words) => (
            <li>{words}</li>
          ))}
        </ul>
        <ActionForm visit={visit} hidden={{ told: told ? "off" : "on" }}>
          <div class="actions">
            <button type="submit">{told ? "Switch off" : "Switch on"}</button>
          </div>
        </ActionForm>
        <p class="soft">Mails to buyers about their own orders are always sent.</p>
      </>
    );
    return consolePage(visit, { title: "Mail", business, content, refusal });
  },

  async submit({ fields }, visit) {
    const wanted = fields.get("told");
    if (wanted !== "on" && wanted !== "off") throw invalidInput("told", "is not one of the choices");
    await switchOwnerMail(wanted === "on", sessionActor(visit.person, visit.site.ctx), visit.site.ctx);
    return visit.url.pathname;
  },
};

/** Switches the owner's mails for the owner's session; no tool can. A repeated press changes nothing. */
async function switchOwnerMail(told: boolean, actor: Actor, ctx: Context): Promise<void> {
  const rows = await ctx.db.read({ setting: ownerMailSetting(ctx), revocationCheck: actor.revocationCheck });
  actor.assertNotRevoked(rows.revocationCheck);
  if (ownerIsMailed(rows.setting) === told) return;
  const now = ctx.clock.now();
  await ctx.db.commit([
    putOwnerMailSetting(ctx, told, now),
    insertAudit(
      ctx,
      {
        eventKind: "owner_mail_switched",
        subjectId: "owner-mail",
        subjectStatus: told ? "on" : "off",
        summary: `The owner switched the mails to the owner ${told ? "on" : "off"}.`,
      },
      { actorKind: actor.kind, actorId: actor.id, proof: "approval_page" },
      now,
    ),
  ]);
}
