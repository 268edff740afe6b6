import { callTool, readDocument, refusedCall } from "./agent.ts";
import { Differs, holds, same } from "./checks.ts";
import type { Json, Offer, StartCheckout, Started } from "./stage.ts";
import type { Step } from "./step.ts";

export const readOffer: Step = {
  id: "offer",
  title: "The agent reads the offer: price, version and confirmation sentences",
  async play(stage) {
    const agent = stage.recall("agent");
    const { items } = await readDocument<{ items: { id: string }[] }>(agent, "commerce://offers");
    const [first] = items;
    if (!first) throw new Differs("no offer is on sale");
    const offer = await readDocument<Offer>(agent, `commerce://offers/${first.id}`);
    holds("the offer has no order bump", offer.orderBumps.length > 0);
    stage.note("offer", offer);
    return [
      `${offer.name}, updated at ${offer.updatedAt}`,
      `without bump: "${offer.confirmationText}"`,
      ...offer.orderBumps.map(({ confirmationText }) => `with bump:    "${confirmationText}"`),
    ];
  },
};

export const wrongSentence: Step = {
  id: "refused-sentence",
  title: "The agent adds the order bump but sends the sentence without it: the call is refused, and nothing is written",
  async play(stage) {
    const agent = stage.recall("agent");
    const offer = stage.recall("offer");
    const [bump] = offer.orderBumps;
    if (!bump) throw new Differs("the offer has no order bump");
    const call: StartCheckout = {
      offerId: offer.offerId,
      orderBumpIds: [bump.orderBumpId],
      referralClickId: stage.recall("referralClickId"),
      confirmationText: bump.confirmationText,
      idempotencyKey: "demo-checkout",
      expectedUpdatedAt: offer.updatedAt,
    };
    const problem = await refusedCall(agent, "start_checkout", { ...call, confirmationText: offer.confirmationText });
    same("the refusal's code", problem.code, "confirmation_mismatch");
    const { items } = await readDocument<{ items: unknown[] }>(agent, "commerce://checkouts");
    same("the buyer's checkouts", items, []);
    same("sessions at Stripe", (await stage.sandbox.sessions()).length, 0);
    stage.note("call", call);
    return [
      `"${offer.confirmationText}" → ${problem.code}: ${problem.detail}`,
      "no checkout, no session at Stripe, and the idempotency key is unused",
    ];
  },
};

export const startCheckout: Step = {
  id: "confirmed-checkout",
  title: "The agent sends the sentence that the buyer agreed to, and the checkout starts",
  async play(stage) {
    const call = stage.recall("call");
    const started = await callTool<Started>(stage.recall("agent"), "start_checkout", call);
    const bump = stage.recall("offer").orderBumps[0];
    same("replayed", started.replayed, false);
    same("status", started.result.status, "open");
    same("amount", started.result.amountCents, bump?.totalCents);
    stage.note("started", started);
    return [
      `"${call.confirmationText}" → ${started.result.checkoutIntentId}, ${started.result.amountCents} cents, open`,
      `the link for the buyer: ${started.result.checkoutUrl}`,
    ];
  },
};

export const sameKey: Step = {
  id: "same-key-again",
  title: "The agent repeats the call, as after a lost answer, and gets the same answer and no second session",
  async play(stage) {
    const again = await callTool<Started>(stage.recall("agent"), "start_checkout", stage.recall("call"));
    same("the repeated answer", again, { ...stage.recall("started"), replayed: true });
    same("sessions at Stripe", (await stage.sandbox.sessions()).length, 1);
    return [`${again.operationId}, replayed: true, the same result; sessions at Stripe: 1`];
  },
};

export const openLink: Step = {
  id: "link",
  title: "The buyer opens the link and is sent to Stripe's payment page",
  async play(stage) {
    const answer = await stage.browserFetch(stage.recall("started").result.checkoutUrl);
    const location = answer.headers.get("Location") ?? "";
    same("the status", answer.status, 303);
    holds(`the link leads to ${location}`, location.startsWith(stage.sandbox.url));
    same("Cache-Control", answer.headers.get("Cache-Control"), "no-store");
    stage.note("hostedPage", location);
    return [`303 → Stripe's hosted page (here the sandbox's, at ${stage.sandbox.url})`];
  },
};

export const pay: Step = {
  id: "pay",
  title: "The buyer sees the lines and the total, and presses Pay",
  async play(stage) {
    const url = stage.recall("hostedPage");
    const page = await (await stage.browserFetch(url)).text();
    const { orderBumps } = stage.recall("offer");
    holds(
      "the page does not show the bump",
      orderBumps.some(({ name }) => page.includes(name)),
    );
    const form = /<form[^>]*method="post"[^>]*>/i.exec(page);
    holds("the page has no form", form !== null);
    const answer = await stage.browserFetch(url, { method: "POST", body: new URLSearchParams({ outcome: "paid" }) });
    const location = answer.headers.get("Location") ?? "";
    same("the status", answer.status, 303);
    holds(`Stripe sends the buyer to ${location}`, location.startsWith(stage.origin));
    stage.note("successPage", location);
    return ["POST outcome=paid → 303, back to the shop's success page"];
  },
};

export const webhook: Step = {
  id: "webhook",
  title: "Stripe posts its signed events to the webhook",
  async play(stage) {
    const delivered = await until("every event is delivered", async () => {
      const all = await stage.sandbox.deliveries();
      return all.length > 0 && all.every(({ state }) => state === "delivered") ? all : undefined;
    });
    const forged = await stage.browserFetch(new URL("/api/stripe/webhook", stage.origin), {
      method: "POST",
      headers: { "Stripe-Signature": `t=${Math.floor(Date.now() / 1000)},v1=${"0".repeat(64)}` },
      body: delivered[0]?.body ?? "",
    });
    same("the answer to a forged signature", forged.status, 400);
    return [
      ...delivered.map(({ type, lastStatus, attempts }) => `${type} → ${lastStatus}, attempt ${attempts}`),
      "the same event with a forged signature → 400",
    ];
  },
};

export const successPage: Step = {
  id: "success-page",
  title: "The buyer's success page shows the payment",
  async play(stage) {
    const answer = await stage.browserFetch(stage.recall("successPage"));
    const page = await answer.text();
    same("the status", answer.status, 200);
    const title = /<h1[^>]*>([^<]*)<\/h1>/.exec(page)?.[1] ?? "";
    holds(`the page says: ${title}`, /paid/.test(title));
    return [title];
  },
};

export const checkoutResource: Step = {
  id: "checkout-resource",
  title: "The agent reads the checkout: paid, with the access that it granted",
  async play(stage) {
    const { checkoutIntentId } = stage.recall("started").result;
    const checkout = await readDocument<{
      status: string;
      referralAttribution?: Json;
      entitlements: readonly { productId: string; status: string }[];
    }>(stage.recall("agent"), `commerce://checkouts/${checkoutIntentId}`);
    same("status", checkout.status, "paid");
    same(
      "entitlements",
      checkout.entitlements.map(({ status }) => status),
      ["active", "active"],
    );
    holds("the partner's link is not attributed", checkout.referralAttribution !== undefined);
    return [
      `status ${checkout.status}`,
      ...checkout.entitlements.map(({ productId, status }) => `entitlement to ${productId}: ${status}`),
      `attributed to ${checkout.referralAttribution?.referralCode ?? "the partner's link"}`,
    ];
  },
};

/** Repeats until there is a value, for at most 20 seconds. */
async function until<T>(what: string, read: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + 20_000; Date.now() < end; ) {
    const found = await read();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Differs(`it did not happen within 20 seconds that ${what}`);
}
