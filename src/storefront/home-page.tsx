import { ROUTES } from "../commerce/routes.ts";
import { businessRow } from "../db/operations.ts";
import { htmlPage } from "../pages/layout.tsx";
import type { Site } from "../site.ts";

/** For whoever opens the origin: what this is, and where an agent or a person goes from here. */
export async function serveHome({ ctx }: Site): Promise<Response> {
  const [business] = (await ctx.db.read({ business: businessRow(ctx) })).business;
  return htmlPage({
    title: "Commerce for people and their agents",
    business: business?.name ?? "",
    publicUrl: ctx.publicUrl,
    content: (
      <>
        <p>
          An assistant can read here what is for sale and prepare a purchase. Nothing is bought without a person: you
          confirm the exact words, and you pay on the payment provider's own page.
        </p>
        <h2>Connect an assistant</h2>
        <dl>
          <dt>With sign-in, to buy and record</dt>
          <dd>
            <code>{`${ctx.publicUrl}/mcp`}</code>
          </dd>
          <dt>Without sign-in, to read</dt>
          <dd>
            <code>{`${ctx.publicUrl}/mcp/public`}</code>
          </dd>
        </dl>
        <h2>For people</h2>
        <ul>
          <li>
            <a href="/account">Your account and connected assistants</a>
          </li>
          <li>
            <a href={ROUTES.commerceSourceData}>What this business publishes, as data</a>
          </li>
        </ul>
      </>
    ),
  });
}
