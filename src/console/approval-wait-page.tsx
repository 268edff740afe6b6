import { sessionActor } from "../auth/session-actor.ts";
import { invalidInput, Problem } from "../base/problem.ts";
import { approvalWait, DEFAULT_WAIT_MINUTES, putApprovalWait, WAIT_MINUTES } from "../db/approval-settings.ts";
import { insertAudit } from "../db/audit.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Context } from "../kernel/context.ts";
import { Field } from "../pages/form-parts.tsx";
import { timeLeftWords } from "../pages/time-left.ts";
import { ActionForm } from "./confirmed-form.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";

const RULE = `must be a whole number of minutes from ${WAIT_MINUTES.least} to ${WAIT_MINUTES.most}`;

/** How long a question waits for its person, and the form that changes it. No tool can. */
export const approvalWaitPage: ConsolePage = {
  path: "/owner/approval-wait",

  async show(visit, refusal) {
    const { rows, business } = await readRows(visit, { wait: approvalWait(visit.site.ctx) });
    const minutes = rows.wait[0]?.waitMinutes ?? DEFAULT_WAIT_MINUTES;
    const content = (
      <>
        <p>
          When an app asks a person to confirm something, the question waits for them. Now it waits{" "}
          <strong>{timeLeftWords(minutes * 60_000)}</strong>, then it ends and nothing is done.
        </p>
        <p>A longer wait gives people time to see the mail. What waits already keeps its end.</p>
        <ActionForm visit={visit} hidden={{ was: String(minutes) }}>
          <Field
            name="waitMinutes"
            label="Minutes that a question waits"
            type="number"
            autocomplete="off"
            hint={`From ${WAIT_MINUTES.least} to ${WAIT_MINUTES.most}, which is 24 hours.`}
            value={refusal?.typed?.waitMinutes ?? String(minutes)}
          />
          <div class="actions">
            <button type="submit" class="primary">
              Save
            </button>
          </div>
        </ActionForm>
      </>
    );
    return consolePage(visit, { title: "Time to approve", business, content, refusal });
  },

  async submit({ fields }, visit) {
    const { ctx } = visit.site;
    const from = minutesIn(fields, "was");
    await setWait(from, minutesIn(fields, "waitMinutes"), sessionActor(visit.person, ctx), ctx);
    return `${visit.url.pathname}?done=saved`;
  },
};

function minutesIn(fields: URLSearchParams, field: string): number {
  const text = fields.get(field)?.trim() ?? "";
  const minutes = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (minutes < WAIT_MINUTES.least || minutes > WAIT_MINUTES.most) throw invalidInput(field, RULE);
  return minutes;
}

/** Sets the wait for the owner's session. Throws `stale_state` where it is not as the form showed it. */
async function setWait(from: number, to: number, actor: Actor, ctx: Context): Promise<void> {
  const rows = await ctx.db.read({ wait: approvalWait(ctx), revocationCheck: actor.revocationCheck });
  actor.assertNotRevoked(rows.revocationCheck);
  const current = rows.wait[0]?.waitMinutes ?? DEFAULT_WAIT_MINUTES;
  if (current === to) return;
  const at = ctx.clock.now();
  const entry = {
    eventKind: "approval_wait_changed",
    subjectId: "approval-wait",
    subjectStatus: `${to} minutes`,
    summary: `The owner changed how long a question waits from ${from} to ${to} minutes.`,
  } as const;
  const by = { actorKind: actor.kind, actorId: actor.id, proof: "approval_page" } as const;
  const refused = await ctx.db.tryCommit([...putApprovalWait(ctx, { from, to, at }), insertAudit(ctx, entry, by, at)]);
  if (refused) throw new Problem("stale_state", { detail: "The wait has changed since this page was shown." });
}
