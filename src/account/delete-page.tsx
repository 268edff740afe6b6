import { FORM_TOKEN } from "../auth/forms.ts";
import { isFresh, signInPath } from "../auth/fresh-sign-in.ts";
import { businessPage } from "../auth/pages.tsx";
import type { Person } from "../auth/people.ts";
import { orderNumberOf } from "../base/order-number.ts";
import type { Problem } from "../base/problem.ts";
import { refusalOf } from "../base/refusal.ts";
import { orderPath } from "../commerce/checkout/ways.ts";
import { erasePerson } from "../commerce/erasure/erase-person.ts";
import { type FoundPerson, findPersonByEmail, isBusy, type Sought } from "../commerce/erasure/person.ts";
import { CHECKOUT_WORDS } from "../commerce/words.ts";
import { type BusinessRow, businessRow, requireBusiness } from "../db/operations.ts";
import { Notice } from "../pages/form-parts.tsx";
import { seeOther } from "../pages/see-other.ts";
import type { Site } from "../site.ts";

/** The page on which a person deletes their own account. */
export const DELETE_PATH = "/account/delete";

/** `GET /account/delete`: what goes and what stays, what is still in the way, and the button. */
export async function showDeletion(request: Request, site: Site, fault?: Problem): Promise<Response> {
  const { ctx, auth } = site;
  const person = await auth.session(request);
  if (!person) return seeOther(ctx.publicUrl, ctx.publicUrl + signInPath(DELETE_PATH));
  const found = await findPersonByEmail(asSought(person), ctx);
  const business = requireBusiness((await ctx.db.read({ business: businessRow(ctx) })).business);
  const { token } = auth.forms.issue(request, person);
  const step = () => {
    if (person.userId === ctx.ownerUserId) {
      return <p>This is the owner's account. A business needs its owner, so it can't be deleted here.</p>;
    }
    if (found && isBusy(found)) return <InTheWay person={found} business={business} />;
    if (!isFresh(person, ctx.clock.now())) {
      return (
        <p>
          <a href={signInPath(DELETE_PATH, { again: true })}>Sign in again</a> to delete your account: your sign-in is
          older than 15 minutes.
        </p>
      );
    }
    return (
      <form method="post" action={DELETE_PATH}>
        <input type="hidden" name={FORM_TOKEN} value={token} />
        <button type="submit">Delete my account for good</button>
      </form>
    );
  };
  return businessPage(ctx, () => ({
    title: "Delete your account",
    status: fault?.status ?? 200,
    content: (
      <>
        {fault && <Notice kind="bad">{`Nothing was deleted. ${fault.details.detail ?? ""}`}</Notice>}
        <h2>What goes</h2>
        <p>
          Your name, your e-mail address, your password and second factor, every session, every connected app, the
          counts of your downloads, the links to your orders, and what belongs to them and could lead to you. What you
          bought can then no longer be opened by you.
        </p>
        <h2>What stays</h2>
        <p>
          Your orders with their amounts and tax, and the records of what was confirmed, paid and given, without your
          name and address. The law asks the business to keep its books, and the records show that they were not
          changed. The payment provider keeps what it has to keep itself.
        </p>
        <p>
          A new account with the same address starts empty. <a href="/account/data">Download your data</a> before, if
          you want to keep it.
        </p>
        {step()}
        <p>
          <a href="/account">Your account</a>
        </p>
      </>
    ),
  }));
}

/** `POST /account/delete`: deletes the account of the signed-in person, who signed in within 15 minutes. */
export async function submitDeletion(request: Request, site: Site): Promise<Response> {
  const { ctx, auth } = site;
  const person = await auth.session(request);
  if (!person) return seeOther(ctx.publicUrl, ctx.publicUrl + signInPath(DELETE_PATH));
  const form = await auth.acceptedForm(request, person);
  if (form instanceof Response) return form;
  if (!isFresh(person, ctx.clock.now())) {
    return seeOther(ctx.publicUrl, ctx.publicUrl + signInPath(DELETE_PATH, { again: true }));
  }
  try {
    await erasePerson(asSought(person), { kind: "account_session", id: person.userId }, auth.erasure, ctx);
  } catch (thrown) {
    return showDeletion(request, site, refusalOf(thrown, "account_deletion", ctx.log));
  }
  return businessPage(ctx, () => ({
    title: "Your account is deleted",
    content: <p>You are signed out. Nothing here has your name or your address any more.</p>,
  }));
}

/**
 * What counts as a person's own: the orders of their account, and those that their address paid once they have shown that
 * they read its mail. A stranger can make an account with another person's address.
 */
const asSought = ({ email, emailVerified }: Person): Sought => ({ email, asPayer: emailVerified });

/** What has to end first, each with the way to it. */
function InTheWay({ person: { open, own }, business }: { person: FoundPerson; business: BusinessRow }) {
  const plans = new Set([...open.held, ...open.running].map(({ name }) => name));
  return (
    <>
      <Notice kind="bad">Your account can't be deleted yet. This has to end first:</Notice>
      <ul>
        {open.open.map(({ id, status }) => (
          <li>
            {own.includes(id) ? <a href={orderPath(id)}>{`Order ${orderNumberOf(id)}`}</a> : "An order that you paid"}:{" "}
            {CHECKOUT_WORDS[status]}.
            {(status === "blocked" || status === "completed") && (
              <>
                {" "}
                To ask how it stands, write to <a href={`mailto:${business.supportEmail}`}>{business.supportEmail}</a>.
              </>
            )}
          </li>
        ))}
        {[...plans].map((name) => (
          <li>
            The plan <bdi>{name}</bdi> runs. Cancel it under <a href="/account/plans">Manage billing</a>; once it has
            ended, you can delete your account.
          </li>
        ))}
      </ul>
    </>
  );
}
