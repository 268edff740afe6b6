import type { Child } from "hono/jsx";
import { Problem } from "../base/problem.ts";
import { erasePerson } from "../commerce/erasure/erase-person.ts";
import { type FoundPerson, findPersonByEmail, isBusy } from "../commerce/erasure/person.ts";
import { hashedEmail } from "../db/order-payers.ts";
import { Facts } from "../pages/elements.tsx";
import { Field, Notice } from "../pages/form-parts.tsx";
import { When } from "../pages/locale.tsx";
import type { SubmittedForm } from "../pages/read-form.ts";
import { ActionForm } from "./confirmed-form.tsx";
import type { FormRefusal } from "./refused-form.ts";
import type { Visit } from "./visit.tsx";

/** The field in which the owner repeats the address of the person to be erased. */
const REPEATED = "repeatedEmail";

/** The person whom the owner looked for, with all that there is of them, and the form that erases them. */
export async function PersonToErase({ visit, refusal }: { visit: Visit; refusal: FormRefusal | undefined }) {
  const { ctx } = visit.site;
  const email = await wantedEmail(visit);
  const person = email === undefined ? undefined : await findPersonByEmail({ email, asPayer: true }, ctx);
  return (
    <>
      <h2>Erase a person</h2>
      <p class="soft">
        Finds an account, or a payer without one, by the exact address. What they bought stays in the books, without a
        name.
      </p>
      <ActionForm visit={visit} hidden={{ action: "find" }}>
        <Field name="sought" label="E-mail of the person" type="email" autocomplete="off" value={email ?? ""} />
        <div class="actions">
          <button type="submit">Look for the person</button>
        </div>
      </ActionForm>
      {email !== undefined && !person && (
        <Notice>Nothing here names this address: there is no account and no order of it.</Notice>
      )}
      {person && <Found person={person} visit={visit} refusal={refusal} />}
    </>
  );
}

function Found({ person, visit, refusal }: { person: FoundPerson; visit: Visit; refusal: FormRefusal | undefined }) {
  const { account, own, all, email } = person;
  return (
    <section aria-label="The person">
      <Facts
        facts={[
          ["E-mail", email],
          ["Account", account ? <bdi>{account.name}</bdi> : "none: a payer without an account"],
          account && ["Since", <When at={account.createdAt} />],
          ["Orders of the account", String(own.length)],
          ["Orders of other accounts that the address paid", String(all.length - own.length)],
        ]}
      />
      {person.userId === visit.site.ctx.ownerUserId ? (
        <p>This is your own account. A business needs its owner, so it can't be erased.</p>
      ) : isBusy(person) ? (
        <Busy person={person} />
      ) : (
        <>
          <p>
            This removes name, address, password, sessions, second factor, connected apps, the counts of downloads,
            links to their orders, waiting mails, your reasons about their orders, and every hash by which they could be
            found. Orders, amounts, tax and the audit stay without a name. It can't be taken back.
          </p>
          <ActionForm visit={visit} hidden={{ action: "erase", email }}>
            <Field
              name={REPEATED}
              label="To confirm, type the person's e-mail again"
              type="email"
              autocomplete="off"
              value={refusal?.typed?.[REPEATED] ?? ""}
              error={refusal?.typed?.action === "erase" ? refusal.fault : undefined}
            />
            <div class="actions">
              <button type="submit">Erase this person</button>
            </div>
          </ActionForm>
        </>
      )}
    </section>
  );
}

function Busy({ person: { open } }: { person: FoundPerson }): Child {
  const plans = new Set([...open.held, ...open.running].map(({ name }) => name));
  return (
    <Notice kind="bad">
      {open.open.length > 0 && `${open.open.length} of the orders can still be paid or are being looked into. `}
      {plans.size > 0 && `A plan runs: ${[...plans].join(", ")}. End its subscription at Stripe. `}
      The person can be erased once this has ended.
    </Notice>
  );
}

/** Carries out the two forms of this part of the page; undefined for another form. */
export async function submitErasure({ fields }: SubmittedForm, visit: Visit): Promise<string | undefined> {
  const { auth, ctx } = visit.site;
  const { pathname } = visit.url;
  switch (fields.get("action")) {
    case "find": {
      const sought = hashedEmail(fields.get("sought") ?? "");
      return `${pathname}?${new URLSearchParams({ person: await ctx.keyring.seal(sought, placeOf(visit)) })}`;
    }
    case "erase": {
      const email = fields.get("email") ?? "";
      if (hashedEmail(fields.get(REPEATED) ?? "") !== email) {
        throw new Problem("invalid_input", { field: REPEATED, detail: "This is not the person's address." });
      }
      await erasePerson(
        { email, asPayer: true },
        { kind: "owner_session", id: visit.person.userId },
        auth.erasure,
        ctx,
      );
      return `${pathname}?done=erased`;
    }
    default:
      return undefined;
  }
}

/** The address that was looked for. It is sealed in the page's own address, which a browser keeps in its history. */
async function wantedEmail(visit: Visit): Promise<string | undefined> {
  const sealed = visit.url.searchParams.get("person");
  return sealed === null ? undefined : visit.site.ctx.keyring.open(sealed, placeOf(visit)).catch(() => undefined);
}

const placeOf = ({ person }: Visit) => `person sought by ${person.sessionId}`;
