import { eq } from "drizzle-orm";
import { beforeEach, expect, test } from "vitest";
import { createKeyring } from "../../src/base/keyring.ts";
import { openSecrets } from "../../src/base/secrets.ts";
import { erasePayers, payerPlace } from "../../src/db/order-payers.ts";
import { checkoutIntents } from "../../src/db/schema/index.ts";
import { recordPostPurchaseDecision } from "../../tools/record-post-purchase-decision.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { sharedDoors } from "../support/doors.ts";
import { openPlan, planDoors, withoutPlans } from "../support/plans.ts";
import { sale } from "../support/sale.ts";
import { BUYER, ORIGIN, type World } from "../support/world.ts";
import {
  assertPlain,
  type MailService,
  mailError,
  numberOf,
  openMailService,
  outboxOf,
  PAYER,
  storeOf,
} from "./outbox.ts";

async function newestSession(world: World) {
  const session = (await world.sandbox.sessions()).at(-1);
  if (!session) throw new Error("no session");
  return session;
}

/** A sale that PAYER pays; its events wait. */
async function paidBy(world: World, outcome: "paid" | "delayed" | "failed", email = PAYER) {
  const sold = await sale(world, { outcome: "none" });
  const { id } = await newestSession(world);
  await world.sandbox.pay(id, outcome, email);
  return { ...sold, sessionId: id };
}

describeInWorld("mails to the buyer of an order", { reset: true }, (world) => {
  let service: MailService;
  beforeEach(async () => {
    await withoutPlans(world);
    await world.all("UPDATE mail_outbox SET status = 'dropped' WHERE status = 'queued'");
    service = openMailService(world);
  });

  test("a payment is confirmed once to the payer, whatever the order and number of Stripe's events", async () => {
    const sold = await paidBy(world, "paid");
    const deliveries = await world.sandbox.deliveries({ pending: true });
    for (const delivery of [...deliveries.toReversed(), ...deliveries, ...deliveries]) await world.post(delivery);
    await world.scheduled();
    expect(await outboxOf(world, sold.checkoutIntentId)).toEqual(["order_confirmed: sent"]);
    expect(service.mails).toHaveLength(1);
    const [mail] = service.mails;
    expect(mail).toMatchObject({
      to: PAYER,
      from: "shop@example.com",
      subject: `Your order ${numberOf(sold)} at Bumpgrade is paid`,
    });
    expect(mail?.text).toContain("Paid: $9.00 USD");
    expect(mail?.text).toContain("This was a test: no real money was taken.");
    expect(mail?.text).toContain(
      "We prepare Bumpgrade sandbox launch pass for you, and your order shows where it stands.",
    );
    // The payer's address is not the account's: a mailed link is the way.
    expect(mail?.text).toMatch(new RegExp(`${ORIGIN}/order/[0-9a-f]{48}\n`));
    assertPlain(service.mails);
  });

  test("the payer's address is kept sealed, by the first report, and by a check where no event came", async () => {
    const sold = await paidBy(world, "paid");
    const rows = () =>
      world.all<{ email_sealed: string; email_hash: string }>(
        "SELECT email_sealed, email_hash FROM order_payers WHERE checkout_intent_id = ?",
        sold.checkoutIntentId,
      );
    await world.advance(3600);
    await world.scheduled();
    const [kept] = await rows();
    const keyring = createKeyring(openSecrets([world.bindings.SERVER_SECRET]));
    expect(kept?.email_sealed).not.toContain(PAYER);
    expect(await keyring.open(kept?.email_sealed ?? "", payerPlace(sold.checkoutIntentId))).toBe(PAYER);
    expect(await keyring.keyedHashes(PAYER, "e-mail")).toContain(kept?.email_hash);
    await world.deliver();
    await world.scheduled();
    expect(await rows()).toEqual([kept]);
    expect(service.mails.filter(({ to }) => to === PAYER)).toHaveLength(1);
  });

  test("the account's own address gets the way to its account, and no link that opens the order", async () => {
    const sold = await paidBy(world, "paid", BUYER.email.toUpperCase());
    await world.deliver();
    expect(service.mails[0]?.text).toContain(`${ORIGIN}/account/orders/${sold.checkoutIntentId}`);
    expect(await world.all("SELECT 1 FROM order_links WHERE checkout_intent_id = ?", sold.checkoutIntentId)).toEqual(
      [],
    );
  });

  test("a delayed payment is told when it arrives, and a failed one with the way back, each once", async () => {
    const arrives = await paidBy(world, "delayed");
    await world.deliver();
    expect(service.mails).toEqual([]);
    await world.sandbox.settle(arrives.sessionId, "succeeded");
    await world.deliver();
    expect(service.mails.map(({ subject }) => subject)).toEqual([
      `Your order ${numberOf(arrives)} at Bumpgrade is paid`,
    ]);
    const fails = await paidBy(world, "delayed");
    await world.deliver();
    await world.sandbox.settle(fails.sessionId, "failed");
    const [failure] = await world.sandbox.deliveries({ pending: true });
    await world.deliver();
    if (failure) await world.post(failure);
    expect(await outboxOf(world, fails.checkoutIntentId)).toEqual(["payment_failed: sent"]);
    const mail = service.mails.at(-1);
    expect(mail?.subject).toBe(`The payment of your order ${numberOf(fails)} at Bumpgrade did not go through`);
    expect(mail?.text).toContain(`You can order again here:\n${ORIGIN}/offers`);
    assertPlain(service.mails);
  });

  test("a plan is confirmed with its interval, and a yes to an offer is received; a no is told to none", async () => {
    const plan = await openPlan(world, (await planDoors(world)).http);
    await world.sandbox.pay(plan.sessionId, "paid", PAYER);
    await world.deliver();
    expect(service.mails.at(-1)?.text).toMatch(/- .+ a month\n/);
    expect(service.mails.at(-1)?.text).toContain("Your plan is active.");
    for (const [decisionKind, mails] of [
      ["accept_upsell_follow_up", 1],
      ["decline_upsell", 0],
    ] as const) {
      const sold = await paidBy(world, "paid");
      await world.deliver();
      const before = service.mails.length;
      const doors = await sharedDoors(world, recordPostPurchaseDecision, BUYER);
      const [row] = await world.all<{ updated_at: number }>(
        "SELECT updated_at FROM checkout_intents WHERE id = ?",
        sold.checkoutIntentId,
      );
      const call = {
        checkoutIntentId: sold.checkoutIntentId,
        decisionKind,
        presentedOfferId: "offer-upsell-launch-accelerator",
        confirmationText: "Record non-billing post-purchase decision for Bumpgrade checkout",
        expectedUpdatedAt: new Date(row?.updated_at ?? 0).toISOString(),
        idempotencyKey: `mailed-${decisionKind}`,
      };
      expect((await doors.http(call)).code).toBeUndefined();
      expect((await doors.http(call)).code).toBeUndefined();
      expect(service.mails.length - before).toBe(mails);
      if (mails === 1) {
        expect(service.mails.at(-1)).toMatchObject({
          to: PAYER,
          subject: `We have your answer about order ${numberOf(sold)} at Bumpgrade`,
        });
      }
    }
    assertPlain(service.mails);
  });

  test("a mail service that is out is asked again with growing waits, and for three days", async () => {
    service.out = mailError("E_DELIVERY_FAILED");
    const sold = await paidBy(world, "paid");
    await world.deliver();
    expect(await outboxOf(world, sold.checkoutIntentId)).toEqual(["order_confirmed: queued"]);
    const asked: number[] = [];
    for (let minutes = 0; minutes < 4 * 24 * 60; ) {
      const before = service.asked;
      await world.scheduled();
      if (service.asked > before) asked.push(minutes);
      const step = minutes < 120 ? 15 : 120;
      await world.advance(step * 60);
      minutes += step;
    }
    console.log(`asked after ${asked.join(", ")} minutes`);
    expect(await outboxOf(world, sold.checkoutIntentId)).toEqual(["order_confirmed: dropped"]);
    expect(asked.length).toBeGreaterThan(4);
    expect(asked.length).toBeLessThan(14);
    const told = world.log.filter(({ event }) => event === "mail");
    expect(told).toContainEqual({
      event: "mail",
      name: "order_confirmed",
      code: "not_sent",
      fault: "Error E_DELIVERY_FAILED",
    });
    expect(JSON.stringify(world.log)).not.toContain(PAYER);
  });

  test("after an outage the mail goes out, unless its reason is gone by then", async () => {
    service.out = mailError("E_RATE_LIMIT_EXCEEDED");
    const stays = await paidBy(world, "paid");
    await world.deliver();
    const refunded = await paidBy(world, "paid");
    await world.deliver();
    const session = await newestSession(world);
    await world.sandbox.refund({ paymentIntent: String(session.payment_intent), amount: 900 });
    await world.deliver();
    service.out = undefined;
    await world.advance(16 * 60);
    await world.scheduled();
    expect(await outboxOf(world, stays.checkoutIntentId)).toEqual(["order_confirmed: sent"]);
    expect(await outboxOf(world, refunded.checkoutIntentId)).toEqual(["order_confirmed: dropped"]);
    expect(service.mails.map(({ subject }) => subject)).toEqual([`Your order ${numberOf(stays)} at Bumpgrade is paid`]);
  });

  test("an address that takes no mail is not asked again", async () => {
    service.out = mailError("E_RECIPIENT_SUPPRESSED");
    const sold = await paidBy(world, "paid");
    await world.deliver();
    expect(await outboxOf(world, sold.checkoutIntentId)).toEqual(["order_confirmed: dropped"]);
  });

  test("two runs at once send each mail once", async () => {
    service.out = mailError("E_RATE_LIMIT_EXCEEDED");
    for (let sales = 0; sales < 3; sales++) await paidBy(world, "paid");
    await world.deliver();
    service.out = undefined;
    await world.advance(16 * 60);
    await Promise.all([world.scheduled(), world.scheduled(), world.scheduled()]);
    expect(service.mails).toHaveLength(3);
    expect(new Set(service.mails.map(({ subject }) => subject)).size).toBe(3);
  });

  test("a run that dies after the mail went out sends it once more, and no run after that", async () => {
    const sold = await paidBy(world, "paid");
    // The mail is taken by the service, and the database is gone before the row is ended.
    service.before = async () => world.database.lose({ 1: "before" });
    await world.deliver();
    service.before = undefined;
    expect(await outboxOf(world, sold.checkoutIntentId)).toEqual(["order_confirmed: queued"]);
    await world.scheduled();
    expect(service.mails).toHaveLength(1);
    await world.advance(6 * 60);
    await world.scheduled();
    await world.advance(60 * 60);
    await world.scheduled();
    expect(await outboxOf(world, sold.checkoutIntentId)).toEqual(["order_confirmed: sent"]);
    expect(service.mails).toHaveLength(2);
  });

  test.each(["the payer", "the person of the account"])(
    "%s was erased: no mail, and no later report keeps an address",
    async (who) => {
      service.out = mailError("E_RATE_LIMIT_EXCEEDED");
      const sold = await paidBy(world, "paid");
      const deliveries = await world.sandbox.deliveries({ pending: true });
      const isOrder = eq(checkoutIntents.id, sold.checkoutIntentId);
      if (who === "the payer") await storeOf(world).db.commit(erasePayers(storeOf(world), isOrder, world.clock.now()));
      else await world.all("UPDATE user SET erased_at = ? WHERE email = ?", world.clock.now(), BUYER.email);
      for (const delivery of deliveries) await world.post(delivery);
      service.out = undefined;
      await world.advance(3600);
      await world.scheduled();
      await world.scheduled();
      await world.all("UPDATE user SET erased_at = NULL");
      expect(service.mails).toEqual([]);
      const [entitlement] = await world.all(
        "SELECT status, buyer_email_hash FROM product_entitlements WHERE checkout_intent_id = ?",
        sold.checkoutIntentId,
      );
      expect(entitlement).toEqual({ status: "active", buyer_email_hash: null });
      const payers = await world.all(
        "SELECT email_sealed, email_hash FROM order_payers WHERE checkout_intent_id = ?",
        sold.checkoutIntentId,
      );
      expect(payers).toEqual(who === "the payer" ? [{ email_sealed: null, email_hash: null }] : []);
      expect(await outboxOf(world, sold.checkoutIntentId)).toEqual(["order_confirmed: dropped"]);
    },
  );

  test("an erasure between reading and writing of a report wins", async () => {
    const sold = await paidBy(world, "paid");
    const [delivery] = await world.sandbox.deliveries({ pending: true });
    const isOrder = eq(checkoutIntents.id, sold.checkoutIntentId);
    world.database.reset();
    world.database.interrupt(2, () =>
      storeOf(world).db.commit(erasePayers(storeOf(world), isOrder, world.clock.now())),
    );
    if (delivery) await world.post(delivery);
    await world.deliver();
    expect(
      await world.all(
        "SELECT p.email_hash, e.buyer_email_hash FROM order_payers p JOIN product_entitlements e USING (checkout_intent_id) WHERE checkout_intent_id = ?",
        sold.checkoutIntentId,
      ),
    ).toEqual([{ email_hash: null, buyer_email_hash: null }]);
    expect(service.mails).toEqual([]);
  });

  test("names of the shop and its goods make no header and no line of their own", async () => {
    const [{ name } = { name: "" }] = await world.all<{ name: string }>("SELECT name FROM businesses");
    await world.all("UPDATE businesses SET name = ?", "Shop\r\nBcc: other@example.com\u202e");
    const sold = await paidBy(world, "paid");
    await world.all(
      "UPDATE checkout_intent_lines SET name = ? WHERE checkout_intent_id = ?",
      "Pass\r\n\r\nPaid: 0",
      sold.checkoutIntentId,
    );
    await world.deliver();
    await world.all("UPDATE businesses SET name = ?", name);
    const [mail] = service.mails;
    expect(mail?.subject).toBe(`Your order ${numberOf(sold)} at Shop Bcc: other@example.com is paid`);
    expect(mail?.text).toContain("- Pass Paid: 0: $9.00 USD");
    expect(mail?.text).not.toContain("\r");
  });

  test("where the deployment sends no mail, what was queued is dropped, and not sent once it does", async () => {
    world.restart();
    const sold = await paidBy(world, "paid");
    await world.deliver();
    expect(await outboxOf(world, sold.checkoutIntentId)).toEqual(["order_confirmed: queued"]);
    await world.scheduled();
    service = openMailService(world);
    await world.scheduled();
    expect(await outboxOf(world, sold.checkoutIntentId)).toEqual(["order_confirmed: dropped"]);
    expect(service.mails).toEqual([]);
  });
});
