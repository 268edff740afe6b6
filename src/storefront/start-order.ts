import { FORM_TOKEN } from "../auth/forms.ts";
import { sessionActor } from "../auth/session-actor.ts";
import { endedOnTheWay, toSignIn } from "../auth/sign-in-first.ts";
import type { Problem } from "../base/problem.ts";
import { refusalOf } from "../base/refusal.ts";
import { paymentPageOf } from "../commerce/checkout/hosted-checkout.ts";
import { type IntentRow, intentById } from "../db/checkouts.ts";
import { runWrite } from "../kernel/run-write.ts";
import { CONFIRMATION, typedText } from "../pages/confirmation.tsx";
import { seeOtherWithoutReferrer } from "../pages/see-other.ts";
import type { Site } from "../site.ts";

/** What a refused start adds to its page. */
export interface StartFault {
  readonly status: number;
  readonly words: string;
  /** True where the account's open orders are the reason: the page then leads to them. */
  readonly openOrders?: boolean;
  /** The fields as they were sent, where the same form is to be sent again. */
  readonly sent?: Readonly<Record<string, string>>;
}

/** A page on which a person starts an order of their own. */
export interface StartPage {
  readonly write: string;
  readonly path: string;
  /** The arguments of the write, from the fields of the form. */
  args(fields: Readonly<Record<string, string>>): Readonly<Record<string, unknown>>;
  /** The person's open order of exactly what the form asks for. */
  same(userId: string, fields: Readonly<Record<string, string>>, site: Site): Promise<IntentRow | undefined>;
  refused(fault: StartFault): Promise<Response>;
}

/**
 * Starts an order through the kernel and leads to its payment page. Where the same order is open already, it leads to that
 * one's: who comes back from Stripe's page and presses again goes on, and has one order.
 */
export async function startOrder(page: StartPage, request: Request, site: Site): Promise<Response> {
  const { ctx, auth } = site;
  const write = site.writes.find(({ name }) => name === page.write);
  const person = await auth.session(request);
  if (!person || !write) return toSignIn(ctx, page.path);
  const form = await auth.forms.read(request, person);
  if (form.kind === "refused") {
    return page.refused({ status: form.status, words: `${form.title}. ${form.advice}` });
  }
  const { [FORM_TOKEN]: _token, [CONFIRMATION]: _text, ...sent } = Object.fromEntries(form.fields);
  try {
    await ctx.limits.actor(person.userId);
    const same = await page.same(person.userId, sent, site);
    const open = same && (await paymentPageOf(same, ctx));
    if (open) return seeOtherWithoutReferrer(ctx.publicUrl, open);
    const typed = { text: typedText(form.fields), proof: "approval_page" } as const;
    const actor = sessionActor(person, ctx);
    const { result, replayed } = await runWrite(write, { actor, args: page.args(sent), typed }, ctx);
    if (replayed && !(await canBePaid(String(result.checkoutIntentId), ctx))) return page.refused(ENDED);
    return seeOtherWithoutReferrer(ctx.publicUrl, String(result.checkoutUrl));
  } catch (thrown) {
    if (endedOnTheWay(thrown)) return toSignIn(ctx, page.path);
    const problem = refusalOf(thrown, write.name, ctx.log);
    // The owner asks for a passkey, which our other page takes.
    if (problem.details.approvalUrl) return seeOtherWithoutReferrer(ctx.publicUrl, problem.details.approvalUrl);
    return page.refused(faultOf(problem, sent));
  }
}

/** A page that the browser kept sends the key of an order that may have ended since. */
async function canBePaid(checkoutIntentId: string, ctx: Site["ctx"]): Promise<boolean> {
  const [intent] = (await ctx.db.read({ intent: intentById(ctx, checkoutIntentId) })).intent;
  return intent !== undefined && (await paymentPageOf(intent, ctx)) !== undefined;
}

const ENDED: StartFault = {
  status: 409,
  words: "The order that you started from this page is not open any more. Nothing was done: look again and start anew.",
};

function faultOf({ status, code, details }: Problem, sent: Readonly<Record<string, string>>): StartFault {
  if (details.bound === "openCheckouts") {
    return {
      status,
      openOrders: true,
      words: "You have as many open orders as an account may have. Pay or cancel one of them first.",
    };
  }
  switch (code) {
    case "stale_state":
    case "confirmation_mismatch":
      return { status, words: "A price changed since you opened this page. Please look again." };
    case "operation_in_progress":
    case "outcome_unknown":
      return {
        status,
        sent,
        words: "The payment page is being prepared. Press the same button again in a moment: it stays one order.",
      };
    default:
      return { status, words: details.detail, sent };
  }
}
