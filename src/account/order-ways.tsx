import { sessionActor } from "../auth/session-actor.ts";
import { endedOnTheWay, toSignIn } from "../auth/sign-in-first.ts";
import type { Problem } from "../base/problem.ts";
import { refusalOf } from "../base/refusal.ts";
import { expireCheckoutContract } from "../commerce/checkout/contracts.ts";
import { paymentPageOf } from "../commerce/checkout/hosted-checkout.ts";
import { orderPath, waysOf } from "../commerce/checkout/ways.ts";
import { orderOfAccount } from "../db/account-orders.ts";
import { runWrite } from "../kernel/run-write.ts";
import { typedText } from "../pages/confirmation.tsx";
import { seeOther, seeOtherWithoutReferrer } from "../pages/see-other.ts";
import type { Site } from "../site.ts";
import { noSuchOrder, showOrder } from "./order-page.tsx";

/**
 * `GET /account/orders/{id}/pay`: a person goes on to the open payment page of their own order. Changes nothing; an order
 * that can't be paid leads to its page, which says why.
 */
export async function goOnToPayment(id: string, request: Request, site: Site): Promise<Response> {
  const { ctx, auth } = site;
  const person = await auth.session(request);
  if (!person) return toSignIn(ctx, orderPath(id));
  const [intent] = (await ctx.db.read({ intent: orderOfAccount(ctx, id, person.userId) })).intent;
  if (!intent) return noSuchOrder(site);
  const location = await paymentPageOf(intent, ctx);
  if (location) return seeOtherWithoutReferrer(ctx.publicUrl, location);
  if (waysOf(intent, ctx).pay) return showOrder(id, request, site, NOT_OPENED);
  return seeOther(ctx.publicUrl, ctx.publicUrl + orderPath(id));
}

/** `POST /account/orders/{id}/cancel`: a person ends their own order before it is paid, through the kernel. */
export async function submitCancel(id: string, request: Request, site: Site): Promise<Response> {
  const { ctx, auth } = site;
  const write = site.writes.find(({ name }) => name === expireCheckoutContract.write);
  const person = await auth.session(request);
  if (!person) return toSignIn(ctx, orderPath(id));
  const form = await auth.forms.read(request, person);
  if (form.kind === "refused") {
    return showOrder(id, request, site, { status: form.status, words: `${form.title}. ${form.advice}` });
  }
  if (!write) return noSuchOrder(site);
  const sent = {
    idempotencyKey: form.fields.get("idempotencyKey") ?? "",
    expectedUpdatedAt: form.fields.get("expectedUpdatedAt") ?? "",
  };
  try {
    await ctx.limits.actor(person.userId);
    const typed = { text: typedText(form.fields), proof: "approval_page" } as const;
    const args = { ...sent, checkoutIntentId: id };
    await runWrite(write, { actor: sessionActor(person, ctx), args, typed }, ctx);
  } catch (thrown) {
    if (endedOnTheWay(thrown)) return toSignIn(ctx, orderPath(id));
    const problem = refusalOf(thrown, write.name, ctx.log);
    // The owner asks for a passkey, which our other page takes.
    if (problem.details.approvalUrl) return seeOther(ctx.publicUrl, problem.details.approvalUrl);
    // An unfinished end is continued by the same call, so the form keeps its key.
    const words = CANCEL_WORDS[problem.code] ?? problem.details.detail;
    return showOrder(id, request, site, { status: problem.status, words, ...(isUnfinished(problem) && { sent }) });
  }
  return seeOther(ctx.publicUrl, ctx.publicUrl + orderPath(id));
}

const NOT_OPENED = {
  status: 409,
  words: "The payment page can't be opened any more. Cancel this order, and start it again.",
} as const;

const UNFINISHED = "The payment provider has not answered yet. Press the button again, or look here in a minute.";

/** Refusals in words for a person; those of the kernel name resources that only an app reads. */
const CANCEL_WORDS: Readonly<Partial<Record<Problem["code"], string>>> = {
  ineligible_state: "It can't be cancelled any more. Nothing was done: this page shows how it stands.",
  stale_state: "The order has changed since you opened the page. Nothing was done: this page shows how it stands.",
  confirmation_mismatch:
    "The order has changed since you opened the page. Nothing was done: this page shows how it stands.",
  idempotency_conflict: "This form was sent already. Nothing more was done: this page shows how it stands.",
  provider_unavailable: UNFINISHED,
  operation_in_progress: UNFINISHED,
  outcome_unknown: UNFINISHED,
};

const isUnfinished = ({ code }: Problem) => CANCEL_WORDS[code] === UNFINISHED;
