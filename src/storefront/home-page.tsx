import { businessPage } from "../auth/pages.tsx";
import { ROUTES, SERVICE_DESC } from "../commerce/routes.ts";
import type { Site } from "../site.ts";

/** `GET /`: what this server is, and where an agent or a person goes next. */
export function serveHome({ ctx }: Site): Promise<Response> {
  return businessPage(ctx, () => ({
    title: "Commerce for people and their agents",
    headers: { Link: SERVICE_DESC },
    content: (
      <>
        <p>
          An assistant can read here what is for sale and prepare a purchase. Only you can buy: you confirm the exact
          words, and you pay on the payment provider's own page.
        </p>
        <h2>Connect an assistant</h2>
        <dl>
          <dt>With sign-in, to buy</dt>
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
            <a href="/account">Your account and connected apps</a>
          </li>
          <li>
            <a href={ROUTES.commerceSourceData}>The catalog as data</a>
          </li>
        </ul>
      </>
    ),
  }));
}
