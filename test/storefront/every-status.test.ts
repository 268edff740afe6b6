import { beforeAll, expect, test } from "vitest";
import { CHECKOUT_STATUSES } from "../../src/db/schema/vocabulary.ts";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { checkoutDoors, type Started, sessionBehind, started } from "../support/launch-pass.ts";
import { type Browser, openBrowser, signIn } from "../support/oauth.ts";
import { openPlan, planDoors, withoutPlans } from "../support/plans.ts";
import { BUYER, ORIGIN } from "../support/world.ts";

type Status = (typeof CHECKOUT_STATUSES)[number];
type Kind = "offer" | "plan";

/** What is in the title or the text of the pages under the links of an order, by its status. */
const TOLD: Readonly<Record<Status, { readonly success: RegExp; readonly cancel: RegExp; readonly redirect: RegExp }>> =
  {
    created: { success: /on its way/, cancel: /not ready/, redirect: /not ready/ },
    open: { success: /on its way/, cancel: /You left the payment page/, redirect: /^$/ },
    completed: { success: /on its way/, cancel: /Do not pay again/, redirect: /Do not pay again/ },
    paid: { success: /./, cancel: /paid already/, redirect: /paid already/ },
    failed: { success: /did not go through/, cancel: /ended|did not go through/, redirect: /ended|did not go through/ },
    expired: { success: /has ended/, cancel: /has ended/, redirect: /has ended/ },
    canceled: { success: /has ended/, cancel: /has ended/, redirect: /has ended/ },
    blocked: { success: /looking into/, cancel: /looking into/, redirect: /looking into/ },
    refunded: { success: /refunded/, cancel: /paid already/, redirect: /paid already/ },
    disputed: { success: /disputed/, cancel: /paid already/, redirect: /paid already/ },
  };
const ENDED_UNPAID: readonly Status[] = ["failed", "expired", "canceled"];
const canBeTriedAgain = (kind: Kind, status: Status) =>
  ENDED_UNPAID.includes(status) && !(kind === "plan" && status === "failed");

describeInWorld("every status of an order, on every page that shows it", { reset: true }, (world) => {
  let buyer: Browser;
  beforeAll(async () => {
    buyer = openBrowser(world.send, ORIGIN);
    await signIn(buyer, BUYER);
  });

  const orders: Readonly<Record<Kind, () => Promise<Started>>> = {
    offer: async () => started(world, (await checkoutDoors(world)).http),
    plan: async () => {
      await withoutPlans(world);
      return openPlan(world, (await planDoors(world)).http);
    },
  };
  const mainOf = (html: string) => /<main.*<\/main>/s.exec(html)?.[0] ?? "";
  const wordsOf = (html: string) => html.replace(/<[^>]*>/g, " ").replaceAll("&#39;", "'");

  for (const kind of ["offer", "plan"] as const) {
    test.each(CHECKOUT_STATUSES)(`${kind}, %s`, async (status) => {
      const order = await orders[kind]();
      const session = await sessionBehind(world, order);
      await world.all("UPDATE checkout_intents SET status = ? WHERE id = ?", status, order.checkoutIntentId);
      const account = `/account/orders/${order.checkoutIntentId}`;
      const pages = {
        success: session.success_url ?? "",
        cancel: session.cancel_url ?? "",
        redirect: order.checkoutUrl,
        account,
      };
      for (const [name, path] of Object.entries(pages)) {
        const answer = await unchanged(world, () => buyer.get(path));
        if (name === "redirect" && status === "open") {
          expect([answer.status, answer.headers.get("Location")]).toEqual([303, session.url]);
          continue;
        }
        expect([name, answer.status]).toEqual([name, name === "redirect" ? 410 : 200]);
        const main = mainOf(await answer.text());
        const words = wordsOf(main);
        if (name !== "account")
          expect([name, words]).toEqual([name, expect.stringMatching(TOLD[status][name as "cancel"])]);
        const has = (text: string) => words.includes(text);
        const open = status === "open" && (name === "cancel" || name === "account");
        expect([name, has("Continue to payment")]).toEqual([name, open]);
        expect([name, has("Cancel this order")]).toEqual([name, open]);
        expect([name, has("Try again")]).toEqual([name, canBeTriedAgain(kind, status)]);
        // A charge is denied only where Stripe has reported one of these states.
        const unpaid = ENDED_UNPAID.includes(status) || open;
        if (has("Nothing was charged")) expect([name, unpaid]).toEqual([name, true]);
        expect([name, words]).toEqual([
          name,
          expect.not.stringMatching(/access is ready|You have access|checkout-intent-|cs_test/),
        ]);
        expect([name, /<a |<button/.test(main)]).toEqual([name, true]);
      }
      const paid = await unchanged(world, () => buyer.get(`${account}/pay`));
      expect(paid.headers.get("Location")).toBe(status === "open" ? session.url : ORIGIN + account);

      const pricing = mainOf(await (await unchanged(world, () => buyer.get("/pricing"))).text());
      const offers = mainOf(await (await unchanged(world, () => buyer.get("/offers"))).text());
      // An offer may be bought again in every state; a plan once the one before it has ended.
      expect(offers).toContain('action="/offers"');
      const inTheWay = kind === "plan" && ["created", "open", "completed", "blocked"].includes(status);
      expect(pricing.includes('action="/pricing"')).toBe(!inTheWay);
      expect(pricing.includes(`href="${account}/pay"`)).toBe(kind === "plan" && status === "open");
      if (inTheWay) expect(wordsOf(pricing)).toMatch(/open order|on its way/);
      await world.all("UPDATE checkout_intents SET status = 'expired' WHERE id = ?", order.checkoutIntentId);
    });
  }
});
