import { FORM_TOKEN } from "../auth/forms.ts";
import { businessPage } from "../auth/pages.tsx";
import { sha256 } from "../base/digest.ts";
import { ROUTES } from "../commerce/routes.ts";
import { type IntentRow, intentByLink } from "../db/checkouts.ts";
import { countNetworkUp } from "../db/counts.ts";
import { queueMail } from "../db/mail-outbox.ts";
import { orderLinkBy } from "../db/order-links.ts";
import type { Context } from "../kernel/context.ts";
import { HiddenFields } from "../pages/form-parts.tsx";
import type { Site } from "../site.ts";

/** The time in which a repeated press is one mail. */
const ONE_MAIL_MS = 10 * 60_000;

/** The proof of a person who asks for a new link: the buyer's return link, or an earlier mailed link. */
type ProofLink = { readonly returnLink: string } | { readonly orderLink: string };

/** Whether a link to an order can be asked for: mail is sent here, and a payment may have told an address. */
export function mayAskForLink({ status }: IntentRow, { auth }: Site): boolean {
  return auth.signUps.mailed && ["completed", "paid", "refunded", "disputed", "blocked"].includes(status);
}

/** The button that mails the payer a new link. It names no address. */
export function SendOrderLink({ formToken, link }: { formToken: string; link: ProofLink }) {
  return (
    <form method="post" action={ROUTES.order}>
      <HiddenFields fields={{ [FORM_TOKEN]: formToken, ...link }} />
      <button type="submit" class="plain">
        Send a new link to the address that paid
      </button>
    </form>
  );
}

/**
 * `POST /order`: queues a mail with a new link for the payer of an order. The answer is the same for a known link, an unknown
 * one and an order without an address, so that it tells of none.
 */
export async function submitOrderLinkRequest(request: Request, site: Site): Promise<Response> {
  const { ctx, auth } = site;
  await ctx.limits.checkNetwork("accountRequests", request);
  const form = await auth.forms.read(request);
  if (form.kind === "refused") return answer(site, { title: form.title, words: form.advice, status: form.status });
  const intent = auth.signUps.mailed ? await provenOrder(form.fields, ctx) : undefined;
  const guard = await ctx.db.tryCommit([
    ...(await countNetworkUp(ctx, "mailsADay", request)),
    ...(intent ? [mailOf(intent, ctx)] : []),
  ]);
  const refusal = await ctx.limits.refusalOf(guard);
  if (refusal) throw refusal;
  return answer(site, ASKED);
}

/** The order that one of the two links of a form proves. */
async function provenOrder(fields: URLSearchParams, ctx: Context): Promise<IntentRow | undefined> {
  const [returnSha256, linkSha256] = await Promise.all(
    ["returnLink", "orderLink"].map((name) => sha256(fields.get(name) ?? "")),
  );
  const { returned, mailed } = await ctx.db.read({
    returned: intentByLink(ctx, returnSha256 ?? "", "return"),
    mailed: orderLinkBy(ctx, linkSha256 ?? ""),
  });
  return (returned[0] ?? mailed[0])?.intent;
}

/** One mail for presses of the same ten minutes. The bound of an order's mails a day holds beside it. */
function mailOf({ id }: IntentRow, ctx: Context) {
  const now = ctx.clock.now();
  const subjectId = `${id} ${Math.floor(now / ONE_MAIL_MS)}`;
  return queueMail(ctx, { mailKind: "order_link", subjectId, checkoutIntentId: id, now });
}

const ASKED = {
  title: "A link is on its way",
  words:
    "If this order was paid with an e-mail address, a new link goes to that address now. If none comes within ten minutes, look among unwanted mails, then ask again.",
  status: 200,
};

function answer({ ctx }: Site, { title, words, status }: typeof ASKED): Promise<Response> {
  return businessPage(ctx, () => ({ title, status, secretAddress: true, content: <p>{words}</p> }));
}
