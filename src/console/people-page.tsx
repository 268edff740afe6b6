import { addressFields } from "../auth/credentials.ts";
import { pageOf } from "../base/list.ts";
import { invalidInput } from "../base/problem.ts";
import { accountsPage } from "../db/people.ts";
import { SIGN_UP_POLICIES } from "../db/schema/vocabulary.ts";
import { Table } from "../pages/elements.tsx";
import { Field, Notice } from "../pages/form-parts.tsx";
import { When } from "../pages/locale.tsx";
import { ActionForm } from "./confirmed-form.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { PersonToErase, submitErasure } from "./erase-person.tsx";
import { Pager, positionOf } from "./paging.tsx";
import type { Visit } from "./visit.tsx";

const CHOICES = {
  open: "Anyone can make an account",
  by_invitation: "Only people with an invitation",
} as const satisfies Record<(typeof SIGN_UP_POLICIES)[number], string>;

/** The accounts, who can make one, and the forms that invite a person and erase one. */
export const peoplePage: ConsolePage = {
  path: "/owner/people",

  async show(visit, refusal) {
    const { auth, ctx } = visit.site;
    const after = await positionOf(visit);
    const policy = await auth.signUps.policy();
    const { rows, business } = await readRows(visit, { people: accountsPage(ctx, after) });
    const { page, last } = pageOf(rows.people, ({ createdAt, id }) => ({ createdAt: createdAt.getTime(), id }));
    const link = await invitedLink(visit);
    const content = (
      <>
        {link && (
          <Notice kind="good">
            {auth.signUps.mailed
              ? "The invitation was mailed. Its link is "
              : "Give this link to the person you invite: "}
            <code>{link}</code>
          </Notice>
        )}
        <Table
          label="People"
          head={["Name", "E-mail", "Confirmed", "Second factor", "Since"]}
          empty="No account yet."
          rows={page.map((person) => [
            `${person.name}${person.id === ctx.ownerUserId ? " (owner)" : ""}`,
            person.email,
            person.emailVerified ? "yes" : "no",
            factorsOf(person),
            <When at={person.createdAt.getTime()} />,
          ])}
        />
        <Pager visit={visit} last={last} />
        <h2>Who can make an account</h2>
        <p class="soft">{`Now: ${CHOICES[policy]}.`}</p>
        <ActionForm visit={visit} hidden={{ action: "policy" }}>
          <label for="policy">From now on</label>
          <select id="policy" name="policy">
            {SIGN_UP_POLICIES.map((word) => (
              <option value={word} selected={word === policy}>
                {CHOICES[word]}
              </option>
            ))}
          </select>
          <div class="actions">
            <button type="submit">Save</button>
          </div>
        </ActionForm>
        <h2>Invite a person</h2>
        <ActionForm visit={visit} hidden={{ action: "invite" }}>
          <Field
            name="email"
            label="E-mail"
            type="email"
            autocomplete="off"
            hint="The invitation is valid for one week, once, for this address only."
          />
          <div class="actions">
            <button type="submit">Invite</button>
          </div>
        </ActionForm>
        <PersonToErase visit={visit} refusal={refusal} />
      </>
    );
    return consolePage(visit, { title: "People", business, content, refusal });
  },

  async submit(form, visit) {
    const { auth, ctx } = visit.site;
    const { pathname } = visit.url;
    const { fields } = form;
    const next = await submitErasure(form, visit);
    if (next !== undefined) return next;
    if (fields.get("action") === "policy") {
      const policy = SIGN_UP_POLICIES.find((word) => word === fields.get("policy"));
      if (!policy) throw invalidInput("policy", "is not one of the choices");
      await auth.signUps.setPolicy(policy);
      return pathname;
    }
    const address = addressFields.safeParse({ email: fields.get("email") ?? "" });
    if (!address.success) throw invalidInput("email", "is not an e-mail address");
    const link = await auth.signUps.invite(address.data.email);
    return `${pathname}?${new URLSearchParams({ invited: await ctx.keyring.seal(link, placeOf(visit)) })}`;
  },
};

/** What a person signs in with beside a password. */
function factorsOf({ appSince, passkeys }: { appSince: number | null; passkeys: number }): string {
  const kinds = [...(appSince === null ? [] : ["app"]), ...(passkeys === 0 ? [] : ["passkey"])];
  return kinds.join(", ") || "no";
}

/** The invitation's link. It is sealed in the address: a copy from the browser's history opens only in this session. */
async function invitedLink(visit: Visit): Promise<string | undefined> {
  const sealed = visit.url.searchParams.get("invited");
  return sealed === null ? undefined : visit.site.ctx.keyring.open(sealed, placeOf(visit)).catch(() => undefined);
}

const placeOf = ({ person }: Visit) => `invitation shown to ${person.sessionId}`;
