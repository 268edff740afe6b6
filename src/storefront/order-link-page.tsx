import { FORM_TOKEN } from "../auth/forms.ts";
import { sha256 } from "../base/digest.ts";
import { orderNumberOf } from "../base/order-number.ts";
import { ROUTES } from "../commerce/routes.ts";
import { businessRow, requireBusiness } from "../db/operations.ts";
import { orderLinkBy, useOrderLink } from "../db/order-links.ts";
import { HiddenFields, Notice } from "../pages/form-parts.tsx";
import { seeOtherWithoutReferrer } from "../pages/see-other.ts";
import type { Site } from "../site.ts";
import { type LinkedCheckout, linkPage, unknownLink } from "./buyer-link.tsx";
import { openedCookie, openedOrder } from "./opened-order.ts";
import { mayAskForLink, SendOrderLink } from "./order-link-request.tsx";

/** An order that was found by a mailed link. */
interface MailedLink extends LinkedCheckout {
  /** Why the link no longer opens; undefined while it does. */
  readonly ended: "used" | "expired" | undefined;
}

/**
 * `GET /order/{token}`: the mailed link. It changes nothing, since programs that check mails open links too: the button uses
 * it. In the browser that used it, it leads on to the order.
 */
export async function showOrderLink(token: string, request: Request, site: Site): Promise<Response> {
  const found = await findMailed(token, site);
  if (!found) return unknownLink(site);
  if (found.ended === undefined) return openPage(found, request, site);
  const opened = await openedOrder(request, site.ctx);
  return opened?.id === found.intent.id ? toOrder(site) : endedPage(found, found.ended, request, site);
}

/** `POST /order/{token}`: uses the link, once. Of two uses at once, one gets the page of a used link. */
export async function submitOrderLink(token: string, request: Request, site: Site): Promise<Response> {
  const { ctx, auth } = site;
  const form = await auth.forms.read(request);
  const found = await findMailed(token, site);
  if (!found) return unknownLink(site);
  if (found.ended) return endedPage(found, found.ended, request, site);
  if (form.kind === "refused") return openPage(found, request, site, form);
  const refused = await ctx.db.tryCommit(useOrderLink(ctx, found.tokenSha256, ctx.clock.now()));
  if (refused) return endedPage(found, "used", request, site);
  return toOrder(site, await openedCookie(found.intent.id, found.tokenSha256, ctx));
}

async function findMailed(token: string, { ctx }: Site): Promise<MailedLink | undefined> {
  const tokenSha256 = await sha256(token);
  const rows = await ctx.db.read({ link: orderLinkBy(ctx, tokenSha256), business: businessRow(ctx) });
  const [found] = rows.link;
  if (!found) return undefined;
  const isOver = found.linkExpiresAt <= ctx.clock.now();
  const ended = found.usedAt === null ? (isOver ? "expired" : undefined) : "used";
  return { token, tokenSha256, intent: found.intent, business: requireBusiness(rows.business), ended };
}

/** To the order, whose address has no token. */
function toOrder({ ctx }: Site, cookie?: string): Response {
  const response = seeOtherWithoutReferrer(ctx.publicUrl, ctx.publicUrl + ROUTES.order);
  if (cookie) response.headers.append("Set-Cookie", cookie);
  return response;
}

function openPage(
  found: MailedLink,
  request: Request,
  site: Site,
  refused?: { readonly status: number; readonly title: string; readonly advice: string },
): Promise<Response> {
  const { token, cookie } = site.auth.forms.issue(request);
  return linkPage(found, site, {
    title: `Order ${orderNumberOf(found.intent.id)}`,
    ...(refused && { status: refused.status }),
    ...(cookie && { headers: { "Set-Cookie": cookie } }),
    content: (
      <>
        {refused && (
          <Notice kind="bad">
            {refused.title}. {refused.advice}
          </Notice>
        )}
        <p>This link opens your order once, in this browser, for a day.</p>
        <form method="post">
          <HiddenFields fields={{ [FORM_TOKEN]: token }} />
          <button type="submit">Open the order</button>
        </form>
      </>
    ),
  });
}

const ENDED = {
  used: {
    title: "This link was used",
    words: "It opened the order once. The browser that used it shows the order for a day.",
  },
  expired: { title: "This link has run out", words: "A link to an order can be opened for two weeks." },
} as const;

function endedPage(found: MailedLink, ended: keyof typeof ENDED, request: Request, site: Site): Promise<Response> {
  const { token, cookie } = site.auth.forms.issue(request);
  const { title, words } = ENDED[ended];
  const { supportEmail } = found.business;
  return linkPage(found, site, {
    title,
    status: 410,
    ...(cookie && { headers: { "Set-Cookie": cookie } }),
    content: (
      <>
        <p>{words}</p>
        {mayAskForLink(found.intent, site) && <SendOrderLink formToken={token} link={{ orderLink: found.token }} />}
        <p class="soft">
          Did you start the order yourself? <a href="/account">Your account</a> has it. Questions? Write to{" "}
          <a href={`mailto:${supportEmail}`}>{supportEmail}</a> and name the order {orderNumberOf(found.intent.id)}.
        </p>
      </>
    ),
  });
}
