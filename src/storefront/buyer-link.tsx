import { notFoundPage } from "../auth/pages.tsx";
import type { Person } from "../auth/people.ts";
import { sha256 } from "../base/digest.ts";
import { orderPath } from "../commerce/checkout/ways.ts";
import { type IntentRow, intentByLink } from "../db/checkouts.ts";
import { type BusinessRow, businessRow, requireBusiness } from "../db/operations.ts";
import type { LINK_KINDS } from "../db/schema/vocabulary.ts";
import { htmlPage, type Page } from "../pages/layout.tsx";
import type { Site } from "../site.ts";

/** A checkout that was found by one of its links. */
export interface LinkedCheckout {
  readonly token: string;
  readonly tokenSha256: string;
  readonly intent: IntentRow;
  readonly business: BusinessRow;
}

/** The checkout that a link of this kind belongs to. */
export async function findLinked(
  token: string,
  kind: (typeof LINK_KINDS)[number],
  { ctx }: Site,
): Promise<LinkedCheckout | undefined> {
  const tokenSha256 = await sha256(token);
  const rows = await ctx.db.read({ link: intentByLink(ctx, tokenSha256, kind), business: businessRow(ctx) });
  const [found] = rows.link;
  return found && { token, tokenSha256, intent: found.intent, business: requireBusiness(rows.business) };
}

/** The 404 for a link that belongs to no checkout. */
export function unknownLink({ ctx }: Site): Promise<Response> {
  return notFoundPage(ctx, "The link is incomplete, or it is not one of our links.", { secretAddress: true });
}

/** A page under a link. Its address is the buyer's secret. Each page of a test says that it is one. */
export function linkPage(
  { business, intent }: LinkedCheckout,
  { ctx }: Site,
  page: Pick<Page, "title" | "content" | "status" | "headers">,
): Promise<Response> {
  const content = (
    <>
      {page.content}
      {intent.stripeMode === "sandbox" && <p class="soft">This order is a test: no money moves.</p>}
    </>
  );
  return htmlPage({ ...page, content, business, publicUrl: ctx.publicUrl, secretAddress: true });
}

/** The way to the order in the account that started it; left out where another person is signed in. */
export function OrderInAccount({ intent, person }: { intent: IntentRow; person: Person | undefined }) {
  if (person && person.userId !== intent.actorId) return null;
  return (
    <p>
      Did you start the order yourself? <a href={orderPath(intent.id)}>See it in your account</a>
    </p>
  );
}
