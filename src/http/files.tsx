import { signInPath } from "../auth/fresh-sign-in.ts";
import { businessPage, notFoundPage } from "../auth/pages.tsx";
import { buyerId } from "../commerce/checkout/buyer-actor.ts";
import { findFile, objectOf } from "../commerce/delivery/find-file.ts";
import { noteDownload } from "../commerce/delivery/note-download.ts";
import { ROUTES } from "../commerce/routes.ts";
import type { AuditSource } from "../db/audit.ts";
import type { FileIds, FileRow, Holder } from "../db/files.ts";
import { businessRow, requireBusiness } from "../db/operations.ts";
import { seeOther } from "../pages/see-other.ts";
import type { Site } from "../site.ts";
import { openedOrder } from "../storefront/opened-order.ts";
import { answerOf, planOf } from "./file-answer.ts";

/** Who asks for a file: whose entitlements reach it, and how the audit names them. */
interface Asking {
  readonly holder: Holder;
  readonly by: AuditSource;
  /** The page that lists what they may use. */
  readonly listedAt: string;
}

/** `GET /account/files/{entitlementId}/{assetId}`: a file for the signed-in account whose entitlement it is. */
export async function serveFileToAccount(ids: FileIds, request: Request, site: Site): Promise<Response> {
  const { ctx, auth } = site;
  const person = await auth.session(request);
  // To the list and not to the file: a browser that saves a file stays on the page of the sign-in.
  if (!person) return seeOther(ctx.publicUrl, ctx.publicUrl + signInPath("/account"));
  await ctx.limits.actor(person.userId);
  const actorKind = person.isOwner ? "owner_session" : "account_session";
  const asking: Asking = {
    holder: { kind: "account", userId: person.userId },
    by: { actorKind, actorId: person.userId },
    listedAt: "/account",
  };
  return serveFile(ids, asking, request, site);
}

/** `GET /order/files/{entitlementId}/{assetId}`: a file for the payer, in the browser that opened their order. */
export async function serveFileToPayer(ids: FileIds, request: Request, site: Site): Promise<Response> {
  const { ctx } = site;
  const order = await openedOrder(request, ctx);
  if (!order) return noFile(site);
  await ctx.limits.actor(buyerId(order.id));
  const asking: Asking = {
    holder: { kind: "order", checkoutIntentId: order.id },
    by: { actorKind: "buyer_post_purchase_page", actorId: buyerId(order.id) },
    listedAt: ROUTES.order,
  };
  return serveFile(ids, asking, request, site);
}

/** A file for its holder, or the page that says why not. Access is read again for each request, each range included. */
async function serveFile(ids: FileIds, asking: Asking, request: Request, site: Site): Promise<Response> {
  const { ctx } = site;
  const found = await findFile(asking.holder, ids, ctx);
  if (!found) return noFile(site);
  if (found.kind === "ended") return endedPage(found.because, asking, site);
  const { row } = found;
  const plan = planOf(request, row.upload, ctx.publicUrl);
  if (plan.kind === "ready") return plan.response;
  if (request.method === "HEAD") {
    if (!(await ctx.assets.holds(objectOf(row)))) return missing(row, site);
    return answerOf(plan, row.upload, ctx.publicUrl, null);
  }
  const body = await ctx.assets.read(objectOf(row), plan.status === 206 ? plan.part : undefined);
  if (!body) return missing(row, site);
  if (plan.part.offset === 0) {
    try {
      await noteDownload(ids, row, asking.by, ctx);
    } catch (error) {
      await body.cancel();
      throw error;
    }
  }
  return answerOf(plan, row.upload, ctx.publicUrl, body);
}

/** One answer for all that is not there for this holder. */
const noFile = ({ ctx }: Site) => notFoundPage(ctx, "There is no such file here, or it is not yours to download.");

/** Access that has ended, told to its own holder. */
async function endedPage(words: string, { listedAt }: Asking, { ctx }: Site): Promise<Response> {
  const business = requireBusiness((await ctx.db.read({ business: businessRow(ctx) })).business);
  return businessPage(ctx, () => ({
    title: "You can no longer download this",
    status: 403,
    content: (
      <>
        <p>{words}</p>
        <p>
          <a href={listedAt}>What is yours now</a>
        </p>
        <p class="soft">
          Is that wrong? Write to <a href={`mailto:${business.supportEmail}`}>{business.supportEmail}</a>.
        </p>
      </>
    ),
  }));
}

/** The store lost a file that the database has. The fault is ours, and the owner finds it in the log. */
function missing({ upload }: FileRow, { ctx }: Site): Promise<Response> {
  ctx.log({ event: "internal", name: "file", code: "file_missing", fault: upload.id });
  return businessPage(ctx, () => ({
    title: "This file can't be read now",
    status: 502,
    content: <p>The fault is ours. Your access stays as it is: try again later, or write to us.</p>,
  }));
}
