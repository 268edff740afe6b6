import { beforeEach, expect, test } from "vitest";
import { BOUNDS } from "../../src/base/bounds.ts";
import { type Mailed, openMailbox } from "../auth/mailbox.ts";
import { numberOf, outboxOf, PAYER } from "../mails/outbox.ts";
import { countersOn } from "../support/counters.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { hiddenFields, openBrowser } from "../support/oauth.ts";
import { sale } from "../support/sale.ts";
import { ORIGIN, OWNER } from "../support/world.ts";

const DAY = 86_400;
/** Presses within ten minutes are one mail. */
const ONE_MAIL = 600;

describeInWorld("bounds on mails about orders", { reset: true }, (world) => {
  let mails: Mailed[];
  beforeEach(async () => {
    await world.all("UPDATE mail_outbox SET status = 'dropped' WHERE status = 'queued'");
    await world.all("DELETE FROM bound_counts");
    mails = openMailbox(world, countersOn(world.clock));
  });

  const pay = async () => world.sandbox.pay((await world.sandbox.sessions()).at(-1)?.id ?? "", "paid", PAYER);

  /** An order that PAYER paid, and the way to ask for its link: each time from another network. */
  async function paid() {
    const sold = await sale(world, { outcome: "none" });
    await pay();
    await world.deliver();
    let networks = 0;
    const browser = openBrowser((request) => {
      request.headers.set("CF-Connecting-IP", `198.51.100.${networks}`);
      return world.send(request);
    }, ORIGIN);
    return {
      ...sold,
      async ask() {
        networks++;
        const page = await (await browser.get(new URL(sold.returnUrl).pathname)).text();
        const answer = await browser.post("/order", hiddenFields(page, "/order"));
        return [answer.status, await answer.text()];
      },
    };
  }
  const linksTo = (order: { checkoutIntentId: string }) =>
    mails.filter(
      ({ to, subject }) => to === PAYER && subject.includes(numberOf(order)) && !subject.includes("is paid"),
    );

  test("an order mails its buyer five links in 24 hours, from any networks, and no answer tells that they are used up", async () => {
    const { most } = BOUNDS.mailsOfAnOrderADay;
    const order = await paid();
    const answers = [];
    for (let at = 0; at < most + 2; at++) {
      await world.advance(ONE_MAIL);
      answers.push(await order.ask());
    }
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]?.[0]).toBe(200);
    expect(linksTo(order)).toHaveLength(most);
    const links = (await outboxOf(world, order.checkoutIntentId)).filter((row) => row.startsWith("order_link"));
    expect(links).toEqual(Array(most).fill("order_link: sent"));

    // Another order of the same payer has its own five, and a day after the first link there is room for one.
    const other = await paid();
    await other.ask();
    expect(linksTo(other)).toHaveLength(1);
    await world.advance(DAY - (most + 1) * ONE_MAIL);
    await order.ask();
    expect(linksTo(order)).toHaveLength(most + 1);
    await world.advance(1);
    await order.ask();
    expect(linksTo(order)).toHaveLength(most + 1);
  });

  test("the owner is mailed 48 times a day; what waits longer stands in the next mail, after midnight", async () => {
    const toOwner = () => mails.filter(({ to }) => to === OWNER.email);
    /** Its payment page asks for more than was confirmed, so it is blocked, which the owner is told. */
    const blocked = async () => {
      const { checkoutIntentId } = await sale(world, { outcome: "none" });
      await world.all("UPDATE checkout_intents SET amount_cents = amount_cents - 100 WHERE id = ?", checkoutIntentId);
      await pay();
      await world.deliver();
      await world.scheduled();
      return checkoutIntentId;
    };
    const told = async (checkoutIntentId: string) =>
      (await outboxOf(world, checkoutIntentId)).filter((row) => row.startsWith("checkout_blocked"));
    await blocked();
    expect(toOwner()).toHaveLength(1);
    // The rest of the day is only counted here.
    const { most } = BOUNDS.ownerMailsADay;
    const counted = await world.all(
      "UPDATE bound_counts SET count = ? WHERE bound = 'ownerMailsADay' AND count = 1 RETURNING count",
      most - 1,
    );
    expect(counted).toHaveLength(1);
    await blocked();
    expect(toOwner()).toHaveLength(2);
    const waiting = [await blocked(), await blocked()];
    await world.advance(3600);
    await world.scheduled();
    expect(toOwner()).toHaveLength(2);
    for (const order of waiting) expect(await told(order)).toEqual(["checkout_blocked: queued"]);

    await world.advance(DAY - (world.clock.now() % (DAY * 1000)) / 1000);
    await world.scheduled();
    expect(toOwner()).toHaveLength(3);
    expect(toOwner().at(-1)?.text).toContain("- 2 orders are blocked:");
    for (const order of waiting) expect(await told(order)).toEqual(["checkout_blocked: sent"]);
  });
});
