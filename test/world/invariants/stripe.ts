import { isPlan } from "../plan.ts";
import { isReply } from "../run.ts";
import type { Row } from "../witness.ts";
import { grouped, type Invariant, repeated } from "./invariant.ts";

/** P4: one Checkout Session at most is ever given out for a checkout. */
export const oneSession: Invariant = {
  id: "P4",
  says: "no two Checkout Sessions whose link was given out for one checkout",
  broken({ run, struck, witness: { journal, sessions } }) {
    const bound = journal.flatMap(({ tbl, id, session }) =>
      tbl === "checkout_intents" && session ? [{ order: id, sessionId: session }] : [],
    );
    const given = grouped([...bound, ...run.handedOut], ({ order }) => order);
    const twice = [...given].flatMap(([order, all]) => {
      const ids = new Set(all.map(({ sessionId }) => sessionId));
      return ids.size > 1 ? [`${order}: ${[...ids].join(", ")}`] : [];
    });
    const paid = sessions.filter(({ payment_status }) => payment_status === "paid");
    const paidTwice = repeated(paid, ({ client_reference_id }) => String(client_reference_id)).map(
      ([order, group]) => `${order} was paid in ${group.length} sessions`,
    );
    // The server asks Stripe what a lost call made. A second fault can lose that too, and leaves a session without a link.
    const twins = repeated(sessions, ({ client_reference_id }) => String(client_reference_id)).map(
      ([order, group]) => `${order} has ${group.length} sessions at Stripe`,
    );
    return [...twice, ...paidTwice, ...(struck.length < 2 ? twins : [])];
  },
};

/** P8: what is unpaid at Stripe grants nothing, and what is paid grants all that was bought. */
export const paidGrants: Invariant = {
  id: "P8",
  says: "unpaid never grants, paid always grants",
  broken({ witness }) {
    const { rows, sessions, subscriptions, charges } = witness;
    const sessionOf = new Map(sessions.map((session) => [session.client_reference_id, session]));
    return rows.checkout_intents.flatMap((intent) => {
      const session = sessionOf.get(String(intent.id));
      const own = (row: Row) => row.checkout_intent_id === intent.id;
      const grants = intent.plan_slug
        ? rows.publisher_plan_entitlements.filter(own)
        : rows.product_entitlements.filter(own);
      const paid = session?.payment_status === "paid";
      const due = !paid ? 0 : intent.plan_slug ? 1 : rows.checkout_intent_lines.filter(own).length;
      if (grants.length !== due)
        return [`${intent.id}: ${paid ? "paid" : "unpaid"}, and ${grants.length} of ${due} given`];
      const money = charges.filter(({ payment_intent }) => payment_intent === session?.payment_intent);
      const untouched = money.every(({ amount_refunded, disputed }) => !amount_refunded && !disputed);
      const runs = subscriptions.find(({ id }) => id === session?.subscription)?.status;
      const wanted = intent.plan_slug ? (runs === "active" ? undefined : "inactive") : untouched ? "active" : undefined;
      return grants.flatMap(({ id, status }) =>
        wanted === undefined || status === wanted ? [] : [`${id} is ${status}, and ought to be ${wanted}`],
      );
    });
  },
};

/** P13: what is charged is what was confirmed. */
export const chargedAsConfirmed: Invariant = {
  id: "P13",
  says: "what is charged is what was confirmed",
  broken({ run, witness: { rows, sessions, charges } }) {
    const confirmed = new Map(rows.checkout_intents.map((intent) => [intent.id, intent]));
    const priced = sessions.flatMap(({ id, client_reference_id, amount_total, currency }) => {
      const intent = confirmed.get(client_reference_id);
      if (!intent) return [`${id} belongs to no checkout`];
      const same =
        amount_total === intent.amount_cents && currency?.toUpperCase() === String(intent.currency).toUpperCase();
      return same ? [] : [`${id}: ${amount_total} ${currency}, confirmed ${intent.amount_cents} ${intent.currency}`];
    });
    const allowed = new Set(
      rows.checkout_intents.flatMap(({ amount_cents, plan_slug }) => {
        const whole = Number(amount_cents);
        return plan_slug ? [whole, whole - SETUP_CENTS] : [whole];
      }),
    );
    const taken = charges.filter(({ status }) => status === "succeeded");
    const others = taken.filter(({ amount }) => !allowed.has(amount)).map(({ id, amount }) => `${id} took ${amount}`);
    const passes = [...run.orders.values()].filter(({ goods }) => !isPlan(goods)).length;
    const once = repeated(
      taken.filter(({ payment_intent }) => payment_intent !== null),
      ({ payment_intent }) => String(payment_intent),
    ).map(([payment]) => `${payment} was charged twice`);
    return [...priced, ...others, ...(passes === 0 && taken.length === 0 ? [] : once)];
  },
};

const SETUP_CENTS = 100_000;
/** Calls to create a session that one call of ours may make: a try, and the next attempt behind a stored error. */
const CREATES_A_CALL = 2;

/** P14: a final refusal is told as final: no call waits for what never comes, and Stripe is not asked in a loop. */
export const finalIsFinal: Invariant = {
  id: "P14",
  says: "a refusal that is final is told as final",
  broken({ run, witness: { rows, stripeCalls } }) {
    const refused = run.calls.filter(({ tries }) =>
      tries.some((one) => isReply(one) && one.code === "provider_refused"),
    );
    const told = refused.flatMap(({ key, tries }) =>
      tries.filter(isReply).flatMap(({ code, headers }) => {
        if (code !== "provider_refused") return [];
        return headers.get("Retry-After") === null ? [] : [`${key}: a final refusal asks for a repeat`];
      }),
    );
    const reasons = refused.length > 0 && rows.provider_refusals.length === 0 ? ["the owner is told no reason"] : [];
    const creates = stripeCalls.filter(({ method, path }) => method === "POST" && path === "/v1/checkout/sessions");
    const tries = run.calls
      .filter(({ write }) => write.startsWith("start_"))
      .reduce((sum, call) => sum + call.tries.length, 0);
    const most = (tries + run.runsOfSchedule * rows.checkout_intents.length) * CREATES_A_CALL;
    const loops = creates.length > most ? [`${creates.length} sessions were asked for, by ${tries} calls`] : [];
    return [...told, ...reasons, ...loops];
  },
};
