import { UNNAMED_BUSINESS } from "../auth/pages.tsx";
import { ROUTES, SERVICE_DESC } from "../commerce/routes.ts";
import { businessRow } from "../db/operations.ts";
import { isReachedFromAfar, nameInClients, type WayToConnect, waysToConnect } from "../mcp/connect.ts";
import { htmlPage } from "../pages/layout.tsx";
import type { Site } from "../site.ts";

/** `GET /`: what a visitor of the shop looks for, and how they connect an assistant to this very host. */
export async function serveHome({ ctx }: Site): Promise<Response> {
  const { publicUrl } = ctx;
  const [business] = (await ctx.db.read({ business: businessRow(ctx) })).business;
  const ways = waysToConnect(publicUrl, nameInClients(business?.confirmationName ?? "", publicUrl));
  const near = isReachedFromAfar(publicUrl) ? ways : ways.filter(({ fromAfar }) => !fromAfar);
  const left = ways.filter((way) => !near.includes(way)).map(({ client }) => client);
  return htmlPage({
    title: "Buy here, or let your assistant prepare it",
    headers: { Link: SERVICE_DESC },
    business: business ?? { name: UNNAMED_BUSINESS },
    publicUrl,
    content: (
      <>
        <p>
          Your assistant reads what is for sale and prepares a purchase. Only you can buy: you confirm the exact words,
          and you pay on the payment provider's own page.
        </p>
        <ul>
          {ctx.parts.has("offers") && (
            <li>
              <a href={ROUTES.offers}>What is for sale</a>
            </li>
          )}
          {ctx.parts.has("plans") && (
            <li>
              <a href={ROUTES.pricing}>Plans</a>
            </li>
          )}
          <li>
            <a href="/account">Your account, purchases and connected apps</a>
          </li>
          <li>
            <a href="/sign-in">Sign in</a> or <a href="/sign-up">create an account</a>
          </li>
          {business && (
            <li>
              Questions: <a href={`mailto:${business.supportEmail}`}>{business.supportEmail}</a>
            </li>
          )}
        </ul>
        <h2>Connect an assistant</h2>
        {near.map((way) => (
          <Way way={way} />
        ))}
        {left.length > 0 && (
          <p>{`Left out, since they call from outside and need a server with a public address: ${left.join("; ")}.`}</p>
        )}
        <h2>For programs</h2>
        <dl>
          <dt>MCP with sign-in, to buy</dt>
          <dd>
            <code>{`${publicUrl}/mcp`}</code>
          </dd>
          <dt>MCP without sign-in, to read</dt>
          <dd>
            <code>{`${publicUrl}/mcp/public`}</code>
          </dd>
          <dt>The HTTP API, as OpenAPI</dt>
          <dd>
            <a href={ROUTES.openApi}>
              <code>{`${publicUrl}${ROUTES.openApi}`}</code>
            </a>
          </dd>
          <dt>The catalog as data</dt>
          <dd>
            <a href={ROUTES.commerceSourceData}>
              <code>{`${publicUrl}${ROUTES.commerceSourceData}`}</code>
            </a>
          </dd>
        </dl>
      </>
    ),
  });
}

/** One client. The text to copy is selected as a whole by a click (`styles.css`), so the page has no script. */
function Way({ way: { client, where, copy, next } }: { way: WayToConnect }) {
  return (
    <>
      <h3>{client}</h3>
      <p>{where}:</p>
      <pre>
        <code>{typeof copy === "string" ? copy : JSON.stringify(copy, null, 2)}</code>
      </pre>
      <p>{next}</p>
    </>
  );
}
