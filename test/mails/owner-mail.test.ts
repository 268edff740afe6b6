import { beforeEach, expect, test } from "vitest";
import { BOUNDS } from "../../src/base/bounds.ts";
import { startCheckout } from "../../tools/start-checkout.ts";
import { openAgent } from "../approvals/asking.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { BUMP, launchPassCall } from "../support/launch-pass.ts";
import { openBrowser, signIn } from "../support/oauth.ts";
import { withPasskey } from "../support/passkeys.ts";
import { withoutPlans } from "../support/plans.ts";
import { sale } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";
import { assertPlain, type MailService, mailError, openMailService, outboxOf } from "./outbox.ts";

describeInWorld("mails about what waits", { reset: true }, (world) => {
  let service: MailService;
  const toOwner = () => service.mails.filter(({ to }) => to === OWNER.email);
  beforeEach(async () => {
    await withoutPlans(world);
    await world.all("UPDATE mail_outbox SET status = 'dropped' WHERE status = 'queued'");
    await world.all("DELETE FROM owner_mail_settings");
    service = openMailService(world);
  });

  /** A pass whose payment page asks for more than was confirmed: its checkout is blocked once it is paid. */
  async function blocked() {
    const sold = await sale(world, { outcome: "none" });
    await world.all(
      "UPDATE checkout_intents SET amount_cents = amount_cents - 100 WHERE id = ?",
      sold.checkoutIntentId,
    );
    await world.sandbox.pay((await world.sandbox.sessions()).at(-1)?.id ?? "", "paid");
    await world.deliver();
    return sold;
  }

  async function disputed(status: "needs_response" | "warning_needs_response" = "needs_response") {
    const sold = await sale(world);
    const paymentIntent = String((await world.sandbox.sessions()).at(-1)?.payment_intent);
    const dispute = await world.sandbox.dispute({ paymentIntent, status });
    await world.deliver();
    return { ...sold, dispute };
  }

  test("all that waits is one mail of counts and links, and each reason is told once", async () => {
    await blocked();
    await blocked();
    const { dispute } = await disputed();
    for (const delivery of (await world.sandbox.deliveries()).slice(-2)) await world.post(delivery);
    expect(toOwner()).toEqual([]);
    await world.scheduled();
    await world.scheduled();
    expect(toOwner()).toHaveLength(1);
    const [mail] = toOwner();
    expect(mail?.subject).toBe("Bumpgrade: something waits for you");
    expect(mail?.text).toBe(
      [
        "This waits for you at Bumpgrade:",
        "",
        "- 2 orders are blocked:",
        `  ${ORIGIN}/owner/orders?filter=status%3Ablocked`,
        "- 1 dispute waits for your answer at Stripe:",
        `  ${ORIGIN}/owner/orders`,
        "",
        "These mails are switched off here:",
        `${ORIGIN}/owner/mail`,
        "",
      ].join("\n"),
    );
    const owner = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
    const links = mail?.text.match(/https?:\S+/g) ?? [];
    expect(links).toHaveLength(3);
    for (const link of links) expect((await owner.get(link.slice(ORIGIN.length))).status, link).toBe(200);
    const old = await owner.get("/owner/blocked-checkouts");
    expect([old.status, old.headers.get("Location")]).toEqual([303, links[0]]);
    // What is told already is not told again with the next thing.
    await world.sandbox.moveDispute(dispute.id, "under_review");
    await world.deliver();
    await blocked();
    await world.scheduled();
    expect(toOwner()).toHaveLength(2);
    expect(toOwner().at(-1)?.text).toContain("- 1 order is blocked:");
    expect(toOwner().at(-1)?.text).not.toContain("dispute");
    assertPlain(service.mails);
  });

  test("what was settled before the mail went out is not told", async () => {
    const { dispute } = await disputed("warning_needs_response");
    await world.sandbox.moveDispute(dispute.id, "warning_closed");
    await world.deliver();
    await world.scheduled();
    expect(toOwner()).toEqual([]);
    expect((await outboxOf(world)).filter((row) => row.startsWith("dispute_opened")).at(-1)).toBe(
      "dispute_opened: dropped",
    );
  });

  test("events that Stripe does not deliver are told once a day, and not when they are only late by moments", async () => {
    await sale(world, { outcome: "none" });
    await world.sandbox.pay((await world.sandbox.sessions()).at(-1)?.id ?? "", "paid");
    await world.scheduled();
    expect(toOwner()).toEqual([]);
    await world.deliver();
    await sale(world, { outcome: "none" });
    await world.sandbox.pay((await world.sandbox.sessions()).at(-1)?.id ?? "", "paid");
    await world.advance(11 * 60);
    await world.scheduled();
    await sale(world, { outcome: "none" });
    await world.sandbox.pay((await world.sandbox.sessions()).at(-1)?.id ?? "", "paid");
    await world.advance(11 * 60);
    await world.scheduled();
    expect(toOwner().map(({ text }) => text.split("\n")[2])).toEqual([
      "- Stripe's events are not delivered; the scheduled run finds them later:",
    ]);
  });

  test("a person whom an app asks is told once, without what it asks; no longer once it was decided or in a form", async () => {
    const agent = await openAgent(world);
    const { confirmationText: _text, ...call } = await launchPassCall(world);
    const asked = await agent.call(startCheckout.name, call);
    expect(asked.code).toBe("approval_required");
    await agent.call(startCheckout.name, call);
    expect(service.mails).toHaveLength(1);
    const [mail] = service.mails;
    expect(mail).toMatchObject({ to: BUYER.email, subject: "Bumpgrade: a request waits for your approval" });
    expect(mail?.text).toContain(String(asked.approvalUrl));
    expect(mail?.text).not.toMatch(/launch|\$|USD|Test client/i);

    service.out = mailError("E_RATE_LIMIT_EXCEEDED");
    const { confirmationText: text, ...later } = await launchPassCall(world);
    await agent.call(startCheckout.name, later);
    await agent.call(startCheckout.name, { ...later, confirmationText: text });
    service.out = undefined;
    await world.advance(6 * 60);
    await world.scheduled();
    expect(service.mails.filter(({ to }) => to === BUYER.email)).toHaveLength(1);
    expect(toOwner()).toEqual([]);
  });

  test("the owner switches the mails as a whole, in their session, and the audit has it", async () => {
    const browser = openBrowser(world.send, ORIGIN);
    await signIn(browser, OWNER);
    const press = async () => {
      const page = await (await browser.get("/owner/mail")).text();
      const fields = Object.fromEntries(
        [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [
          name,
          value,
        ]),
      );
      return { page, answer: await browser.post("/owner/mail", fields as Record<string, string>) };
    };
    expect((await press()).page).toContain("Now: on.");
    await blocked();
    await world.scheduled();
    expect(toOwner()).toEqual([]);
    const { page } = await press();
    expect(page).toContain("Now: off.");
    await blocked();
    await world.scheduled();
    expect(toOwner()).toHaveLength(1);
    const audit = await world.all<{ subject_status: string; actor_kind: string }>(
      "SELECT subject_status, actor_kind FROM payment_audit_events WHERE event_kind = 'owner_mail_switched' ORDER BY sequence",
    );
    expect(audit).toEqual([
      { subject_status: "off", actor_kind: "owner_session" },
      { subject_status: "on", actor_kind: "owner_session" },
    ]);
    world.restart();
    expect(await (await browser.get("/owner/mail")).text()).toContain("This deployment sends no mail");
  });

  test("an app that asks again and again under one key makes one mail, and hides none about the account", async () => {
    await world.all("UPDATE approvals SET status = 'withdrawn' WHERE status = 'pending'");
    const agent = await openAgent(world);
    const { confirmationText: _text, ...call } = await launchPassCall(world);
    const asking = async (n: number) => {
      const asked = await agent.call(startCheckout.name, { ...call, orderBumpIds: n % 2 ? [BUMP] : [] });
      expect(asked.code).toBe("approval_required");
    };
    for (let n = 0; n < 10; n++) await asking(n);
    expect(service.mails).toHaveLength(1);
    // As if it had waited each time until it may be told of again.
    for (let n = 0; n < 2 * BOUNDS.approvalMailsADay.most; n++) {
      await world.all("UPDATE mail_outbox SET next_at = created_at WHERE status = 'sent'");
      await asking(n);
    }
    expect(service.mails.length).toBeLessThanOrEqual(BOUNDS.approvalMailsADay.most);
    const browser = openBrowser(world.send, ORIGIN);
    await signIn(browser, BUYER);
    await withPasskey(browser);
    expect(service.mails.at(-1)?.subject).toContain("passkey");
  });
});
