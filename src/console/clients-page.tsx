import { knownScopes, scopeWords } from "../auth/scopes.ts";
import { pageOf } from "../base/list.ts";
import { notFound } from "../base/problem.ts";
import { connectedClients } from "../db/console.ts";
import { grantOwner } from "../db/oauth-grants.ts";
import { Table } from "../pages/elements.tsx";
import { When } from "../pages/locale.tsx";
import { RowForm } from "./confirmed-form.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { App, Who } from "./elements.tsx";
import { Pager, positionOf } from "./paging.tsx";

/** Connected apps, with what each may do, and a button that disconnects it. */
export const clientsPage: ConsolePage = {
  path: "/owner/clients",

  async show(visit, refusal) {
    const after = await positionOf(visit);
    const { rows, business } = await readRows(visit, { clients: connectedClients(visit.site.ctx, after) });
    const { page, last } = pageOf(rows.clients, ({ grant: { createdAt, id } }) => ({ createdAt, id }));
    const content = (
      <>
        <p class="soft">A disconnected app is refused from its next request on. Its person can connect it again.</p>
        <Table
          label="Connected apps"
          head={["App", "Connected by", "May", "At", "Since", "Disconnect"]}
          empty="No app is connected."
          rows={page.map(({ grant, personName, personEmail, ownLimits }) => [
            <App name={grant.clientName} clientId={grant.clientId} />,
            <Who name={personName} email={personEmail} />,
            [
              ...knownScopes(grant.scopes.split(" "), visit.site.auth.offeredScopes).map(
                (scope) => scopeWords[scope].title,
              ),
              ...(ownLimits ? ["within your limits"] : []),
            ].join("; "),
            URL.canParse(grant.resource) ? new URL(grant.resource).pathname : grant.resource,
            <When at={grant.createdAt} />,
            <RowForm
              visit={visit}
              hidden={{ grantId: grant.id }}
              button="Disconnect"
              label={`Disconnect ${grant.clientName} of ${personName}`}
            />,
          ])}
        />
        <Pager visit={visit} last={last} />
      </>
    );
    return consolePage(visit, { title: "Connected apps", business, content, refusal });
  },

  async submit({ fields }, visit) {
    const { person, site } = visit;
    const grantId = fields.get("grantId") ?? "";
    const [found] = (await site.ctx.db.read({ found: grantOwner(site.ctx, grantId) })).found;
    if (!found) throw notFound();
    await site.auth.revokeGrant({ grantId, userId: found.userId, by: { id: person.userId, kind: "owner_session" } });
    return `${visit.url.pathname}?done=ended`;
  },
};
