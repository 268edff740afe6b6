import { beforeAll, expect, test } from "vitest";
import { orderNumberOf } from "../../src/base/order-number.ts";
import { openMailbox } from "../auth/mailbox.ts";
import { sha256Of } from "../support/asset-files.ts";
import { countersOn } from "../support/counters.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import {
  ask,
  deliveringBusiness,
  formTokenOf,
  type Goods,
  mailedLink,
  noted,
  openLink,
  refundOrder,
  sellGoods,
  signedIn,
  uploadChecklist,
} from "../support/goods.ts";
import { hiddenFields, openBrowser } from "../support/oauth.ts";
import { BUYER, ORIGIN } from "../support/world.ts";

const DAY = 86_400;

describeInWorld("the order of a payer without an account", { business: () => deliveringBusiness() }, (world) => {
  let goods: Goods;
  let body: Uint8Array;
  const guest = () => openBrowser(world.send, ORIGIN);
  beforeAll(async () => {
    openMailbox(world);
    goods = await sellGoods(world);
    body = await uploadChecklist(world);
  });

  test("opens by the button of the mailed link, and by no look at it", async () => {
    const link = await mailedLink(world, goods);
    const token = link.split("/").at(-1) ?? "";
    for (let looks = 0; looks < 3; looks++) {
      const page = await guest().get(link);
      expect([page.status, page.headers.get("Referrer-Policy")]).toEqual([200, "no-referrer"]);
      expect(page.headers.get("Set-Cookie")).not.toContain("commerce.order");
      expect(await page.text()).toContain("Open the order");
    }
    expect((await ask(world, guest(), link, {}, "HEAD")).status).toBe(200);
    const { browser, answer } = await openLink(world, link);
    expect([answer.status, answer.headers.get("Location")]).toEqual([303, `${ORIGIN}/order`]);
    const cookie = answer.headers.getSetCookie().find((one) => one.startsWith("__Host-commerce.order="));
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Lax; Max-Age=86400; Secure$/);
    expect(cookie).not.toContain(token);
    const page = await (await browser.get("/order")).text();
    expect(page).toContain(`Order ${orderNumberOf(goods.checkoutIntentId)}`);
    expect(page).toContain("$28.00 USD");
    expect(page).toContain("<dd>paid</dd>");
    expect(page).toContain("Launch checklist bump");
    expect(page).toContain("mailto:");
    expect(page).toContain(`href="${goods.payerPath}"`);
    expect(page).not.toContain(token);
    expect(page).not.toContain(BUYER.email);
    // The same browser may press the link in the mail again.
    const again = await browser.get(link);
    expect([again.status, again.headers.get("Location")]).toEqual([303, `${ORIGIN}/order`]);
    const stored = await world.all<{ token_sha256: string }>(
      // The mail that confirmed the order holds another link, which is not opened.
      "SELECT * FROM order_links WHERE used_at IS NOT NULL",
    );
    expect(stored).toMatchObject([{ token_sha256: sha256Of(new TextEncoder().encode(token)) }]);
  });

  test("gives its files to that browser, counted and audited as the buyer's", async () => {
    const { browser } = await openLink(world, await mailedLink(world, goods));
    const file = await browser.get(goods.payerPath);
    expect([file.status, sha256Of(new Uint8Array(await file.arrayBuffer()))]).toEqual([200, sha256Of(body)]);
    const { downloads, audit } = await noted(world, goods);
    expect(downloads).toBe(1);
    expect(audit).toMatchObject([
      {
        actor_kind: "buyer_post_purchase_page",
        actor_id: `buyer-of-${goods.checkoutIntentId}`,
        checkout_intent_id: goods.checkoutIntentId,
      },
    ]);
    // The account's door stays the account's, and another order's file is not there.
    expect((await browser.get(goods.path)).status).toBe(303);
    const other = await sellGoods(world);
    const [foreign, unknown] = [await browser.get(other.payerPath), await browser.get(`${goods.payerPath}x`)];
    expect([foreign.status, unknown.status]).toEqual([404, 404]);
    expect(await foreign.text()).toBe(await unknown.text());
    expect((await guest().get(goods.payerPath)).status).toBe(404);
  });

  test("a shared link opens in one browser: of many at once, one", async () => {
    const link = await mailedLink(world, goods);
    const opened = await Promise.all(Array.from({ length: 6 }, () => openLink(world, link)));
    expect(opened.map(({ answer }) => answer.status).sort()).toEqual([303, 410, 410, 410, 410, 410]);
    const second = opened.find(({ answer }) => answer.status === 410);
    expect(await second?.answer.text()).toContain("This link was used");
    expect((await second?.browser.get("/order"))?.status).toBe(404);
    expect((await second?.browser.get(goods.payerPath))?.status).toBe(404);
    const late = await guest().get(link);
    expect([late.status, (await late.text()).includes("Send a new link to the address that paid")]).toEqual([
      410,
      true,
    ]);
  });

  test("a form of another site, or without a token, uses nothing", async () => {
    const link = await mailedLink(world, goods);
    const browser = guest();
    const page = await (await browser.get(link)).text();
    for (const [fields, headers] of [
      [{}, {}],
      [{ formToken: "x" }, {}],
      [{ formToken: formTokenOf(page) }, { "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" }],
    ] as const) {
      expect((await browser.post(link, fields, headers)).status).toBe(403);
    }
    expect((await openLink(world, link, browser)).answer.status).toBe(303);
  });

  test("a link runs out after two weeks, an opened order after a day, an altered cookie at once", async () => {
    const [early, late] = [await mailedLink(world, goods), await mailedLink(world, goods)];
    world.skew(14 * DAY - 60);
    const { browser } = await openLink(world, early);
    expect((await browser.get("/order")).status).toBe(200);
    world.skew(61);
    const ended = await guest().get(late);
    expect([ended.status, (await ended.text()).includes("This link has run out")]).toEqual([410, true]);
    expect((await openLink(world, late)).answer.status).toBe(410);
    const name = "__Host-commerce.order";
    const sealed = browser.cookies.get(name) ?? "";
    browser.cookies.set(name, `${sealed.slice(0, -2)}AA`);
    expect((await browser.get("/order")).status).toBe(404);
    browser.cookies.set(name, sealed);
    expect((await browser.get(goods.payerPath)).status).toBe(200);
    world.skew(DAY);
    expect((await browser.get("/order")).status).toBe(404);
    expect((await browser.get(goods.payerPath)).status).toBe(404);
    world.skew(-15 * DAY - 1);
  });

  test("an unknown link, and one whose payer was erased, are one 404", async () => {
    const other = await sellGoods(world);
    const link = await mailedLink(world, other);
    const { browser } = await openLink(world, await mailedLink(world, other));
    expect((await browser.get("/order")).status).toBe(200);
    const unknown = await guest().get(`/order/${"0".repeat(48)}`);
    const words = await unknown.text();
    await world.all(
      `INSERT INTO order_payers (owner_user_id, checkout_intent_id, created_at, erased_at)
        SELECT owner_user_id, id, 0, 1 FROM checkout_intents WHERE id = ?
        ON CONFLICT DO UPDATE SET email_sealed = NULL, email_hash = NULL, erased_at = 1`,
      other.checkoutIntentId,
    );
    const erased = await guest().get(link);
    expect([unknown.status, erased.status, await erased.text()]).toEqual([404, 404, words]);
    expect((await browser.get("/order")).status).toBe(404);
    expect((await browser.get(other.payerPath)).status).toBe(404);
  });

  test("a refunded order says so, and its file too", async () => {
    const other = await sellGoods(world);
    const { browser } = await openLink(world, await mailedLink(world, other));
    expect((await browser.get(other.payerPath)).status).toBe(200);
    await refundOrder(world, other);
    const page = await (await browser.get("/order")).text();
    expect(page).toContain("<dd>refunded</dd>");
    expect(page).toContain("It ended when the payment was refunded.");
    const file = await browser.get(other.payerPath);
    expect(file.status).toBe(403);
    expect(await file.text()).toContain('href="/order"');
  });

  test("a new link is mailed once for presses of ten minutes, and the answer tells of no address", async () => {
    const queued = () =>
      world.all<{ checkout_intent_id: string }>("SELECT * FROM mail_outbox WHERE mail_kind = 'order_link'");
    const other = await sellGoods(world);
    const link = await mailedLink(world, other);
    await openLink(world, link);
    const before = (await queued()).length;
    const browser = guest();
    const ended = await (await browser.get(link)).text();
    const success = await (await browser.get(new URL(other.returnUrl).pathname)).text();
    const answers = [];
    for (const fields of [
      hiddenFields(ended, "/order"),
      hiddenFields(success, "/order"),
      { formToken: formTokenOf(ended), orderLink: "0".repeat(48) },
      { formToken: formTokenOf(ended), returnLink: link.split("/").at(-1) ?? "" },
      { formToken: formTokenOf(ended) },
    ]) {
      const answer = await browser.post("/order", fields);
      answers.push([answer.status, await answer.text()]);
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]?.[0]).toBe(200);
    expect(String(answers[0]?.[1]).replace(/<style>.*<\/style>/s, "")).not.toContain("@");
    expect((await queued()).slice(before)).toMatchObject([{ checkout_intent_id: other.checkoutIntentId }]);
    world.skew(600);
    await browser.post("/order", hiddenFields(ended, "/order"));
    expect(await queued()).toHaveLength(before + 2);
    world.skew(-600);
  });

  test("requests for links are counted by network, and refused over the bound before a row is read", async () => {
    openMailbox(world, countersOn(world.clock));
    try {
      const browser = guest();
      const token = formTokenOf(await (await browser.get(await mailedLink(world, goods))).text());
      const statuses = [];
      for (let at = 0; at < 61; at++) statuses.push((await browser.post("/order", { formToken: token })).status);
      expect(statuses.slice(0, 60)).toEqual(Array(60).fill(200));
      expect(statuses[60]).toBe(429);
    } finally {
      openMailbox(world);
    }
  });

  test("where no mail is sent, no page offers a new link", async () => {
    world.restart();
    const link = await mailedLink(world, goods);
    await openLink(world, link);
    const [ended, success] = [await guest().get(link), await guest().get(new URL(goods.returnUrl).pathname)];
    expect([ended.status, success.status]).toEqual([410, 200]);
    for (const page of [ended, success]) expect(await page.text()).not.toContain("Send a new link");
    openMailbox(world);
  });

  test("the account that started the order has its files on the page of the order too", async () => {
    const buyer = await signedIn(world);
    const page = await (await buyer.get(`/account/orders/${goods.checkoutIntentId}`)).text();
    expect(page).toContain(`href="${goods.path}"`);
  });
});
