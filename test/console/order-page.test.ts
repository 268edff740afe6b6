import { beforeAll, describe, expect, test } from "vitest";
import { orderNumberOf } from "../../src/base/order-number.ts";
import { TIMELINE_SIZE } from "../../src/db/order-timeline.ts";
import { CHECKOUT_STATUSES } from "../../src/db/schema/vocabulary.ts";
import { recordPostPurchaseDecision } from "../../tools/record-post-purchase-decision.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { sharedDoors } from "../support/doors.ts";
import { evidence } from "../support/evidence.ts";
import { intentRow } from "../support/launch-pass.ts";
import { type Browser, openBrowser, signIn } from "../support/oauth.ts";
import { payer } from "../support/payers.ts";
import { openPlan, planDoors, subscriptionOf } from "../support/plans.ts";
import { type Sale, sale } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

const PAYER = "payer@elsewhere.example";
const STRIPES = /(?<![A-Za-z0-9])(?:cs|pi|cus|sub|evt|ch|re|du|dp|in|il|inpay|price|prod|req)_[A-Za-z0-9_]{8,}/;

/** A page's text as a person reads it, without what is marked as code. */
const textOf = (html: string) =>
  html
    .slice(html.indexOf("<main"))
    .replaceAll(/<code>[\s\S]*?<\/code>/g, " ")
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll("&#39;", "'")
    .replaceAll(/\s+/g, " ");

/** The cells of the rows of one table. */
function rowsOf(html: string, label: string): string[][] {
  const [, table = ""] = new RegExp(`aria-label="${label}">([\\s\\S]*?)</table>`).exec(html) ?? [];
  return Array.from(table.matchAll(/<tr>([\s\S]*?)<\/tr>/g), ([, row = ""]) =>
    Array.from(row.matchAll(/<t[hd] [^>]*><span>([\s\S]*?)<\/span><\/t[hd]>/g), ([, cell = ""]) =>
      textOf(`<main>${cell}`).trim(),
    ),
  ).filter((cells) => cells.length > 0);
}

describeInWorld("the page of an order", {}, (world) => {
  let owner: Browser;
  let pass: Sale;
  const page = async (id: string, after = "") => {
    const answer = await owner.get(`/owner/orders/${id}${after}`);
    expect([id, answer.status]).toEqual([id, 200]);
    const html = await answer.text();
    expect(html).not.toMatch(STRIPES);
    expect(html).not.toContain("undefined");
    expect(html).not.toContain("[object");
    expect(textOf(html).match(/\b[a-z]+_[a-z_]+\b/g)).toBeNull();
    return html;
  };
  const latestPayment = async () => String((await world.sandbox.sessions()).at(-1)?.payment_intent);

  beforeAll(async () => {
    owner = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
    pass = await sale(world, { bump: true });
    await payer(world, pass.checkoutIntentId, PAYER);
  });

  test("tells what was bought, by whom, through which app, with what proof, and what it gave", async () => {
    const html = await page(pass.checkoutIntentId);
    const text = textOf(html);
    expect(html).toContain(`<h1>Order ${orderNumberOf(pass.checkoutIntentId)}</h1>`);
    expect(rowsOf(html, "What was bought")).toEqual([
      ["Bumpgrade launch pass", "$9.00 USD"],
      ["Launch checklist", "$19.00 USD"],
    ]);
    expect(text).toMatch(/Confirmed \$28\.00 USD Paid \$28\.00 USD/);
    expect(text).toContain("Came back nothing");
    expect(text).toContain(BUYER.email);
    expect(text).toContain(PAYER);
    expect(text).toContain("in the app's call, which states that a person agreed");
    expect(rowsOf(html, "Access").map(([, access]) => access)).toEqual(["active", "active"]);
    expect(html).toMatch(/<a href="\/owner\/entitlements\/entitlement-[^"]+">/);
    expect(html).toContain(
      `<a href="/owner/operations/${(await intentRow(world, pass.checkoutIntentId)).operation_id}">`,
    );
    // How it is found at Stripe: by our id.
    expect(html).toContain(`<pre>${pass.checkoutIntentId}</pre>`);
  });

  test("its timeline has Stripe's events and our audit together, the newest first", async () => {
    const html = await page(pass.checkoutIntentId);
    const rows = rowsOf(html, "Timeline");
    const order = (what: string) => rows.findIndex(([, words]) => words?.includes(what));
    const told = ["Access was granted", "Stripe reported", "The payment page was completed", "checkout"];
    expect(told.map(order).filter((at) => at < 0)).toEqual([]);
    expect(order("Access was granted")).toBeLessThan(order("The payment page was completed"));
    const times = Array.from(html.slice(html.indexOf("What happened")).matchAll(/datetime="([^"]+)"/g), ([, at]) => at);
    expect(times).toEqual(times.toSorted().reverse());
    expect(new Set(rows.map(([, , , by]) => by))).toEqual(
      new Set(["Stripe", "the payment provider, by a report", "a person, through a connected app"]),
    );
    const [{ audit = 0 } = {}] = await world.all<{ audit: number }>(
      "SELECT count(*) AS audit FROM payment_audit_events WHERE checkout_intent_id = ?",
      pass.checkoutIntentId,
    );
    const [{ events = 0 } = {}] = await world.all<{ events: number }>(
      "SELECT count(*) AS events FROM stripe_webhook_events WHERE checkout_intent_id = ?",
      pass.checkoutIntentId,
    );
    expect([audit > 3, events > 0, rows.length]).toEqual([true, true, audit + events]);
  });

  test("what came back: a part, then all, then a dispute", async () => {
    const { checkoutIntentId } = await sale(world, { bump: true });
    const paymentIntent = await latestPayment();
    await world.sandbox.refund({ paymentIntent, amount: 800 });
    await world.deliver();
    expect(textOf(await page(checkoutIntentId))).toContain("Came back $8.00 USD refunded");
    await world.sandbox.refund({ paymentIntent, amount: 2_000 });
    await world.deliver();
    const all = await page(checkoutIntentId);
    expect(textOf(all)).toContain("Came back $28.00 USD refunded");
    expect(rowsOf(all, "Access").map(([, access]) => access)).toContain("ended");
    expect(rowsOf(all, "Timeline").some(([, words]) => words === "A refund began")).toBe(true);

    const disputed = await sale(world);
    const { id } = await world.sandbox.dispute({ paymentIntent: await latestPayment() });
    await world.deliver();
    expect(textOf(await page(disputed.checkoutIntentId))).toContain("disputed at the bank, not decided yet");
    await world.sandbox.moveDispute(id, "lost");
    await world.deliver();
    expect(textOf(await page(disputed.checkoutIntentId))).toContain("disputed at the bank, which took it back");
  });

  test("a blocked order has both amounts, what is awaited, and the way to the payment at Stripe", async () => {
    const { checkoutIntentId } = await sale(world, { bump: true, outcome: "none" });
    await world.all("UPDATE checkout_intents SET amount_cents = amount_cents - 100 WHERE id = ?", checkoutIntentId);
    await world.sandbox.pay((await world.sandbox.sessions()).at(-1)?.id ?? "", "paid");
    await world.deliver();
    const html = await page(checkoutIntentId);
    const [, card = ""] = /<section class="card"[^>]*>([\s\S]*?)<\/section>/.exec(html) ?? [];
    expect(textOf(`<main>${card}`)).toMatch(
      /Confirmed amount \$27\.00 USD Paid \$28\.00 USD What to do .* refund the payment in full at Stripe.* Only Stripe's next report changes it/,
    );
    expect(card).toContain('href="#stripe"');
    expect(html).toContain('id="stripe"');
    expect(html).toContain(`<pre>${checkoutIntentId}</pre>`);
    expect(rowsOf(html, "Access")).toEqual([]);
  });

  test("a plan has its periods, each with what came back, and what it gives now", async () => {
    const bought = await openPlan(world, (await planDoors(world)).http);
    await world.sandbox.pay(bought.sessionId, "paid");
    await world.deliver();
    const subscription = await subscriptionOf(world, bought);
    await world.sandbox.subscription(subscription, { action: "renew" });
    await world.deliver();
    const html = await page(bought.checkoutIntentId);
    const periods = rowsOf(html, "Paid periods");
    expect(periods).toHaveLength(2);
    expect(periods.map(([, , , , back]) => back)).toEqual(["nothing", "nothing"]);
    expect(textOf(html)).toMatch(/Plan Plan \S+ Gives active/);
    expect(textOf(html)).toContain("Subscription active");
    const invoice = (await world.sandbox.subscriptions()).find(({ id }) => id === subscription)?.latest_invoice;
    await world.sandbox.refund({ invoice: String(invoice) });
    await world.deliver();
    const after = rowsOf(await page(bought.checkoutIntentId), "Paid periods").map(([, , , , back]) => back);
    expect(after.map((back) => /^\$[\d.,]+ USD refunded$/.test(back ?? ""))).toEqual([true, false]);
  });

  test("commission evidence, an answer and its follow-up, downloads and mails stand on it, with links", async () => {
    const { commissionLedgerId } = await evidence(world);
    const [entry] = await world.all<{ order: string }>(
      'SELECT checkout_intent_id AS "order" FROM affiliate_commission_ledger_entries WHERE id = ?',
      commissionLedgerId,
    );
    expect(await page(entry?.order ?? "")).toContain(`href="/owner/ledger/${commissionLedgerId}"`);

    const doors = await sharedDoors(world, recordPostPurchaseDecision, BUYER);
    const answer = await doors.http({
      checkoutIntentId: pass.checkoutIntentId,
      decisionKind: "accept_upsell_follow_up",
      presentedOfferId: "offer-upsell-launch-accelerator",
      confirmationText: "Record non-billing post-purchase decision for Bumpgrade checkout",
      expectedUpdatedAt: pass.updatedAt,
      idempotencyKey: "answer-of-a-page",
    });
    expect(answer.code, answer.text).toBeUndefined();
    const [access] = await world.all<{ id: string }>(
      "SELECT id FROM product_entitlements WHERE checkout_intent_id = ? ORDER BY id",
      pass.checkoutIntentId,
    );
    await world.all(
      `INSERT INTO file_downloads SELECT owner_user_id, id, 'asset-x', checkout_intent_id, 3, granted_at, granted_at FROM product_entitlements WHERE id = ?`,
      access?.id,
    );
    await world.all(
      `INSERT OR IGNORE INTO mail_outbox (owner_user_id, id, mail_kind, subject_id, checkout_intent_id, status, next_at, created_at, sent_at)
        SELECT owner_user_id, 'mail-' || id, 'order_link', id, id, 'sent', 0, created_at, created_at FROM checkout_intents WHERE id = ?`,
      pass.checkoutIntentId,
    );
    const html = await page(pass.checkoutIntentId);
    expect(rowsOf(html, "Answers")[0]?.slice(0, 2)).toEqual(["Launch accelerator", "yes, talk to me about it"]);
    expect(rowsOf(html, "Access").some(([, , , , downloads]) => downloads?.startsWith("3, the last at"))).toBe(true);
    expect(rowsOf(html, "Access")[0]?.[3]).toContain("to do");
    expect(rowsOf(html, "Mails").map(([kind, state]) => `${kind}: ${state}`)).toContain("The link to the order: sent");
  });

  describe("every status", () => {
    test.each(CHECKOUT_STATUSES)("%s has words, and no fault", async (status) => {
      const { checkoutIntentId } = await sale(world, { outcome: "none" });
      await world.all(
        "UPDATE checkout_intents SET status = ?, blocked_reason = ?, check_at = NULL WHERE id = ?",
        status,
        status === "blocked" ? "session_unknown" : null,
        checkoutIntentId,
      );
      const html = await page(checkoutIntentId);
      expect(textOf(html)).toContain("Paid nothing");
      expect(html.includes("Why this order is blocked")).toBe(status === "blocked");
    });
  });

  test("a long timeline is read in pages: each entry once, also those of one millisecond", async () => {
    const { checkoutIntentId } = await sale(world);
    const total = TIMELINE_SIZE * 2 + 7;
    await world.all(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${total})
        INSERT INTO payment_audit_events (id, checkout_intent_id, event_kind, actor_kind, summary, created_at, owner_user_id, audit_correlation_id, subject_id)
        SELECT 'audit-event-long-' || i, ?1, 'product_file_downloaded', 'account_session', 'Download ' || i || '.', 5, owner_user_id, 'audit', ?1
        FROM n, checkout_intents WHERE checkout_intents.id = ?1`,
      checkoutIntentId,
    );
    await world.all(
      `INSERT INTO stripe_webhook_events (id, event_type, status, processed_at, payload_redacted_json, owner_user_id, payload_sha256, stripe_created_at, checkout_intent_id, reference, received_at, updated_at)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9)
        SELECT 'evt_long' || i, 'some.new_type', 'ignored', 5, '{}', owner_user_id, 'x', 5, ?1, 'event-long-' || i, 5, 5
        FROM n, checkout_intents WHERE checkout_intents.id = ?1`,
      checkoutIntentId,
    );
    const seen: string[] = [];
    let after = "";
    do {
      const html = await page(checkoutIntentId, after);
      seen.push(...rowsOf(html, "Timeline").map(([, words]) => words ?? ""));
      const [, older = ""] = /<a href="([^"]+)">Older</.exec(html) ?? [];
      after = older === "" ? "" : `?${older.split("?")[1]}`;
    } while (after !== "");
    const downloads = seen.filter((words) => words.startsWith("Download "));
    expect(downloads).toEqual(Array.from({ length: total }, (_, at) => `Download ${total - at}.`));
    expect(seen.filter((words) => words === "Stripe told something else")).toHaveLength(9);
    expect(seen.at(-1)).toBe("Stripe told something else");
    const forged = await owner.get(`/owner/orders/${checkoutIntentId}?after=forged`);
    expect(forged.status).toBe(404);
  });

  test("an order that is not there, of another business or without a form of ours, is no page", async () => {
    for (const id of ["absent", "checkout-intent-none", "%00", "..%2f..%2fowner", `${pass.checkoutIntentId}x`]) {
      expect([id, (await owner.get(`/owner/orders/${id}`)).status]).toEqual([id, 404]);
    }
    const buyer = openBrowser(world.send, ORIGIN);
    await signIn(buyer, BUYER);
    expect((await buyer.get(`/owner/orders/${pass.checkoutIntentId}`)).status).toBe(404);
  });

  test("every page of the owner's that is about an order links to it, by its number", async () => {
    const id = pass.checkoutIntentId;
    const link = `<a href="/owner/orders/${id}">${orderNumberOf(id)}</a>`;
    const { operation_id } = await intentRow(world, id);
    const [access] = await world.all<{ id: string }>(
      "SELECT id FROM product_entitlements WHERE checkout_intent_id = ?",
      id,
    );
    await world.all(
      "UPDATE stripe_webhook_events SET status = 'blocked', error = 'other_price' WHERE checkout_intent_id = ?",
      id,
    );
    for (const path of [
      `/owner/operations/${operation_id}`,
      `/owner/entitlements/${access?.id}`,
      "/owner/entitlements",
      "/owner/webhooks",
    ]) {
      expect([path, (await (await owner.get(path)).text()).includes(link)]).toEqual([path, true]);
    }
    // An id in Stripe's metadata can be any text.
    await world.all(
      "UPDATE stripe_webhook_events SET checkout_intent_id = 'checkout-intent-<b>' WHERE checkout_intent_id = ?",
      id,
    );
    const html = await (await owner.get("/owner/webhooks")).text();
    expect(html).toContain("no order of ours");
    expect(html).not.toContain("<b>");
  });
});
