import { signInPath } from "../auth/fresh-sign-in.ts";
import { businessPage, notFoundPage } from "../auth/pages.tsx";
import { ROUTES } from "../commerce/routes.ts";
import { assertionOf } from "../db/assertions.ts";
import { grantById } from "../db/oauth-grants.ts";
import { type OperationRow, operationById } from "../db/operations.ts";
import { Facts } from "../pages/elements.tsx";
import { When } from "../pages/locale.tsx";
import { seeOther } from "../pages/see-other.ts";
import { domainOf } from "../pages/untrusted-text.ts";
import type { Site } from "../site.ts";
import { PROOF_OF_PERSON } from "./confirmations.tsx";
import { assertionPath, confirmationPath } from "./paths.ts";

/** `GET /account/confirmations/{operationId}`: what a person confirmed, how and when, with its signed form to download. */
export async function showConfirmation(id: string, request: Request, site: Site): Promise<Response> {
  const { ctx, auth } = site;
  const person = await auth.session(request);
  if (!person) return seeOther(ctx.publicUrl, ctx.publicUrl + signInPath(confirmationPath(id)));
  const rows = await ctx.db.read({ operation: operationById(ctx, id), assertion: assertionOf(ctx, id) });
  const [operation] = rows.operation;
  const hasAssertion = rows.assertion[0] !== undefined && rows.assertion[0].fileSealed !== null;
  if (operation?.actorId !== person.userId || operation.status !== "succeeded") {
    return notFoundPage(ctx, "The address is incomplete, or the confirmation is another person's.");
  }
  const [app] = (await ctx.db.read({ app: grantById(ctx, operation.grantId ?? "") })).app;
  const title = ctx.findWrite(operation.writeName)?.title ?? operation.writeName;
  return businessPage(ctx, () => ({
    title: "Signed confirmation",
    content: (
      <>
        <p>You confirmed this text:</p>
        <p class="exact">
          <code>{operation.confirmedText}</code>
        </p>
        <Facts
          facts={[
            ["For", title],
            ["How", PROOF_OF_PERSON[operation.proof]],
            ["Asked on", <When at={operation.createdAt} />],
            ["Done on", <When at={operation.updatedAt} />],
            ["App", <App operation={operation} app={app} />],
          ]}
        />
        <p class="actions">
          <a href={ROUTES.accountConfirmations}>All signed confirmations</a>
          <a href={`/account/receipts/${operation.id}`} download>
            Download it as a signed file
          </a>
          {hasAssertion && (
            <a href={assertionPath(operation.id)} download>
              Download what your passkey signed
            </a>
          )}
          <a href="/account">Your account</a>
        </p>
        <p class="soft">
          The file proves what was confirmed here, also without this site: it is signed with a key that is published at{" "}
          <a href="/.well-known/commerce-receipts.json">{`${ctx.publicUrl}/.well-known/commerce-receipts.json`}</a>. It
          is not a receipt of payment.
          {hasAssertion && " What your passkey signed is a second file. It is shown to you alone."}
        </p>
      </>
    ),
  }));
}

function App({
  operation,
  app,
}: {
  operation: OperationRow;
  app: { readonly clientName: string; readonly clientId: string } | undefined;
}) {
  if (operation.clientId === null) return <>No app: on this site</>;
  const domain = domainOf(operation.clientId);
  return (
    <>
      <bdi>{app?.clientName ?? "An app that is no longer connected"}</bdi>
      {domain && ` of ${domain}`}
    </>
  );
}
