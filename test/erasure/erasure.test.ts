import { beforeAll, expect, test } from "vitest";
import { auditVerdict, HEAD } from "../support/audit-verdict.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { intentRow } from "../support/launch-pass.ts";
import { type Browser, openBrowser, signIn, signUp } from "../support/oauth.ts";
import { sale } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";
import { type Life, life, PASSWORD } from "./life.ts";
import { type Canary, traces } from "./traces.ts";

const canary: Canary = {
  name: "Kanarie Zwitscher-4b1f",
  email: "zwitscher-4b1f@canary.example",
  payer: "zwitscher-4b1f.work@canary.example",
  word: "zwitscher-4b1f",
};

describeInWorld("a person who is erased by the owner", {}, (world) => {
  let owner: Browser;
  let lived: Life;
  let before: Record<string, unknown>[];

  const amounts = () =>
    world.all(
      "SELECT id, status, amount_cents, paid_cents, tax_cents, currency, paid_at, created_at FROM checkout_intents ORDER BY id",
    );
  const verdict = async () => {
    await world.advance(3600);
    await world.scheduled();
    const head = await world.bindings.PRODUCT_ASSETS.get(HEAD);
    return auditVerdict(world, await head?.text());
  };
  /** Looks for an address on the owner's page, and answers the page. */
  async function soughtPage(email: string) {
    const html = await (await owner.get("/owner/people")).text();
    const [, formToken = ""] = /name="formToken" value="([^"]+)"/.exec(html) ?? [];
    const found = await owner.post("/owner/people", { formToken, action: "find", sought: email });
    const path = found.headers.get("Location") ?? "";
    expect(path).not.toMatch(/%40|@/);
    return { formToken, html: await (await owner.get(path)).text() };
  }
  const freshOwner = async () => {
    owner = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
  };

  beforeAll(async () => {
    lived = await life(world, canary);
    await freshOwner();
  });

  test("stands in many places before", async () => {
    const places = await traces(world, canary);
    for (const place of [
      "user.email",
      "user.name",
      "personal_notes.note_text",
      "operations.idempotency_key",
      "approvals.idempotency_key",
      "checkout_intents.idempotency_key",
      "verification.value",
      "oauth_grants.client_name",
      "affiliate_referral_clicks.idempotency_key",
      "affiliate_commission_ledger_entries.idempotency_key",
      "product_entitlements.buyer_email_hash",
      "publisher_plan_entitlements.buyer_email_hash",
    ]) {
      expect(places).toContain(place);
    }
    expect(places.length).toBeGreaterThan(20);
  });

  test("can't be erased while a checkout is open, and the owner never", async () => {
    await world.all("UPDATE checkout_intents SET status = 'open' WHERE id = ?", lived.orderId);
    expect((await soughtPage(canary.email)).html).toContain("1 of the orders can still be paid");
    const { formToken } = await soughtPage(canary.email);
    const refused = await owner.post("/owner/people", {
      formToken,
      action: "erase",
      email: canary.email,
      repeatedEmail: canary.email,
    });
    expect(refused.status).toBe(409);
    await world.all("UPDATE checkout_intents SET status = 'paid' WHERE id = ?", lived.orderId);
    expect((await soughtPage(OWNER.email)).html).toContain("This is your own account.");
    const own = { formToken, action: "erase", email: OWNER.email, repeatedEmail: OWNER.email };
    expect((await owner.post("/owner/people", own)).status).toBe(409);
    expect(await world.all("SELECT id FROM user WHERE erased_at IS NOT NULL")).toEqual([]);
  });

  test("is nowhere afterwards, while orders and amounts stay and the audit still verifies", async () => {
    before = await amounts();
    const { formToken, html } = await soughtPage(canary.email);
    expect(html).toContain(canary.name);
    const wrong = { formToken, action: "erase", email: canary.email, repeatedEmail: "other@canary.example" };
    expect((await owner.post("/owner/people", wrong)).status).toBe(400);
    const erased = await owner.post("/owner/people", { ...wrong, repeatedEmail: ` ${canary.email.toUpperCase()} ` });
    expect([erased.status, erased.headers.get("Location")]).toEqual([303, `${ORIGIN}/owner/people?done=erased`]);

    expect(await traces(world, canary)).toEqual([]);
    expect(await amounts()).toEqual(before);
    expect((await soughtPage(canary.email)).html).toContain("Nothing here names this address");
    expect(await world.all("SELECT name, email, email_verified, image FROM user WHERE id = ?", lived.userId)).toEqual([
      { name: "Erased person", email: `erased-${lived.userId}@erased.invalid`, email_verified: 0, image: null },
    ]);
    for (const table of ["session", "account", "second_factors", "recovery_codes"]) {
      expect(await world.all(`SELECT * FROM ${table} WHERE user_id = ?`, lived.userId)).toEqual([]);
    }
    expect(await world.all("SELECT status FROM approvals WHERE actor_id = ?", lived.userId)).toEqual([
      { status: "withdrawn" },
    ]);
    expect(await world.all("SELECT status FROM mail_outbox WHERE id = 'mail-planted'")).toEqual([
      { status: "dropped" },
    ]);
    const [told] = await world.all("SELECT * FROM payment_audit_events WHERE event_kind = 'person_erased'");
    expect(told).toMatchObject({ subject_id: lived.userId, actor_kind: "owner_session" });
    expect(await verdict()).toMatchObject({ faults: [], unsealedRows: 0 });
  });

  test("has no session, no app and no account any more", async () => {
    expect((await lived.browser.get("/account")).headers.get("Location")).toContain("/sign-in");
    const bearer = { headers: { Authorization: `Bearer ${lived.token}` } };
    expect((await world.fetch("/api/operations/operation-none", bearer)).status).toBe(401);
    const again = openBrowser(world.send, ORIGIN);
    await expect(signIn(again, { email: canary.email, password: PASSWORD })).rejects.toThrow("sign-in was refused");
  });

  test("stays away after a later refund, old events again, checks at Stripe, and two scheduled runs", async () => {
    await world.sandbox.refund({ paymentIntent: lived.paymentIntent });
    await world.deliver();
    expect(await intentRow(world, lived.orderId)).toMatchObject({ status: "refunded" });
    await world.all("UPDATE stripe_webhook_events SET status = 'failed'");
    await world.all("UPDATE checkout_intents SET check_at = 1");
    for (const delivery of await world.sandbox.deliveries({ pending: false })) await world.post(delivery);
    for (let run = 0; run < 2; run++) {
      await world.advance(3600);
      await world.scheduled();
      await world.deliver();
    }
    expect(await traces(world, canary)).toEqual([]);
    expect(await verdict()).toMatchObject({ faults: [], unsealedRows: 0 });
  });

  test("a new account with the same address starts empty", async () => {
    const browser = openBrowser(world.send, ORIGIN);
    await signUp(browser, { email: canary.email, password: PASSWORD, name: "A new person" });
    const html = await (await browser.get("/account")).text();
    for (const words of ["No order yet.", "No plan yet.", "No signed confirmation yet.", "No app is connected."]) {
      expect(html).toContain(words);
    }
    expect((await browser.get(`/account/orders/${lived.orderId}`)).status).toBe(404);
  });
});

describeInWorld("a payer without an account", {}, (world) => {
  test("is erased by the address, over all orders that it paid, and the account keeps its orders", async () => {
    const word = "piepmatz-77c0";
    const payer = { name: word, email: `${word}@canary.example`, payer: `${word}@canary.example`, word };
    const { checkoutIntentId } = await sale(world, { outcome: "none" });
    const session = (await world.sandbox.sessions()).find((one) => one.client_reference_id === checkoutIntentId);
    await world.sandbox.pay(session?.id ?? "", "paid", payer.payer);
    await world.deliver();
    expect(await traces(world, payer)).not.toEqual([]);
    const owner = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
    const html = await (await owner.get("/owner/people")).text();
    const [, formToken = ""] = /name="formToken" value="([^"]+)"/.exec(html) ?? [];
    const erase = { formToken, action: "erase", email: payer.payer, repeatedEmail: payer.payer };
    expect((await owner.post("/owner/people", erase)).status).toBe(303);
    expect(await traces(world, payer)).toEqual([]);
    expect(
      await world.all(
        "SELECT subject_id FROM payment_audit_events WHERE event_kind = 'person_erased' AND subject_id NOT LIKE 'user-%'",
      ),
    ).toEqual([{ subject_id: checkoutIntentId }]);
    const buyer = openBrowser(world.send, ORIGIN);
    await signIn(buyer, BUYER);
    expect((await buyer.get(`/account/orders/${checkoutIntentId}`)).status).toBe(200);
  });
});
