import { expect, test } from "vitest";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { connect } from "../support/mcp.ts";
import { hiddenFields, openBrowser, signIn } from "../support/oauth.ts";
import { boundaries, type Sale, sale } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

const TEXT = "Record non-billing post-purchase decision for Bumpgrade checkout";
const UPSELL = "offer-upsell-launch-accelerator";
const DOWNSELL = "offer-downsell-launch-review";

describeInWorld("the buyer's post-purchase page", {}, (world) => {
  const pathOf = ({ token }: Sale) => `/commerce/post-purchase/${token}`;
  const decisionsOf = ({ checkoutIntentId }: Sale) =>
    world.all(
      "SELECT * FROM checkout_post_purchase_decisions WHERE checkout_intent_id = ? ORDER BY created_at",
      checkoutIntentId,
    );
  /** A buyer's browser on the page, and the fields of the form as it was shown. */
  const visit = async (sold: Sale) => {
    const browser = openBrowser(world.send, ORIGIN);
    const page = await unchanged(world, () => browser.get(pathOf(sold)));
    const html = await page.text();
    const form = html.includes("<form") ? hiddenFields(html, pathOf(sold)) : {};
    return { browser, page, html, form };
  };

  test("from the success page through both offers to thanks, with nothing charged", async () => {
    const sold = await sale(world);
    const before = await boundaries(world);
    const success = await (await world.fetch(sold.returnUrl)).text();
    expect(success).toContain(`href="${pathOf(sold)}"`);

    const { browser, page, html, form } = await visit(sold);
    expect(page.status).toBe(200);
    expect(page.headers.get("Cache-Control")).toBe("no-store");
    expect(page.headers.get("Referrer-Policy")).toBe("no-referrer");
    for (const shown of ["Launch accelerator", "199.00 USD", "nothing is charged", TEXT]) expect(html).toContain(shown);
    expect(html).not.toContain("Launch review");

    const answered = await browser.post(pathOf(sold), {
      ...form,
      decisionKind: "decline_upsell",
      confirmationText: TEXT,
    });
    expect([answered.status, answered.headers.get("Location")]).toEqual([303, pathOf(sold)]);
    const next = await (await browser.get(pathOf(sold))).text();
    for (const shown of ["Launch review", "49.00 USD"]) expect(next).toContain(shown);
    const last = await browser.post(pathOf(sold), {
      ...hiddenFields(next, pathOf(sold)),
      decisionKind: "accept_downsell_follow_up",
      confirmationText: TEXT,
    });
    expect(last.status).toBe(303);
    const thanks = await (await browser.get(pathOf(sold))).text();
    expect(thanks).toContain("We have your answer");
    expect(thanks).not.toContain("<form");
    expect(await (await world.fetch(sold.returnUrl)).text()).not.toContain(pathOf(sold));

    expect(await decisionsOf(sold)).toMatchObject([
      { decision_kind: "decline_upsell", presented_offer_id: UPSELL, actor_kind: "buyer_post_purchase_page" },
      { decision_kind: "accept_downsell_follow_up", presented_offer_id: DOWNSELL },
    ]);
    const audit = await world.all(
      "SELECT * FROM payment_audit_events WHERE checkout_intent_id = ? AND event_kind = 'post_purchase_non_billing_decision_recorded'",
      sold.checkoutIntentId,
    );
    for (const row of audit) {
      expect(row).toMatchObject({ actor_kind: "buyer_post_purchase_page", proof: "approval_page", client_id: null });
    }
    expect(audit).toHaveLength(2);
    expect(await boundaries(world)).toEqual(before);
  });

  test("the buyer's link gives the signed receipt of their answer, the owner's bytes, and no other receipt", async () => {
    const sold = await sale(world);
    const { browser, form } = await visit(sold);
    const fields = { ...form, decisionKind: "accept_upsell_follow_up", confirmationText: TEXT };
    await browser.post(pathOf(sold), fields);
    const page = await (await browser.get(pathOf(sold))).text();
    const [, path = ""] = /href="([^"]+\/receipts\/operation-[^"]+)"/.exec(page) ?? [];
    const receipt = await unchanged(world, () => world.fetch(path));
    expect([receipt.status, receipt.headers.get("Content-Type")]).toEqual([200, "application/jose"]);
    const owner = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
    const id = path.split("/").at(-1);
    expect(await receipt.text()).toBe(await (await owner.get(`/owner/operations/${id}/receipt`)).text());
    // Neither the agent's own operation on this checkout, nor this answer by another buyer's link.
    const [started] = await world.all<{ id: string }>(
      "SELECT operation_id AS id FROM checkout_intents WHERE id = ?",
      sold.checkoutIntentId,
    );
    const other = pathOf(await sale(world));
    for (const closed of [`${pathOf(sold)}/receipts/${started?.id}`, `${other}/receipts/${id}`, `${path}x`]) {
      expect([closed, (await world.fetch(closed)).status]).toEqual([closed, 404]);
    }
  });

  test("a double click, and the same form sent twice, is one answer", async () => {
    const sold = await sale(world);
    const { browser, form } = await visit(sold);
    const fields = { ...form, decisionKind: "accept_upsell_follow_up", confirmationText: TEXT };
    const clicks = await Promise.all([browser.post(pathOf(sold), fields), browser.post(pathOf(sold), fields)]);
    for (const { status } of clicks) expect([303, 409]).toContain(status);
    expect((await browser.post(pathOf(sold), fields)).status).toBe(303);
    expect(await decisionsOf(sold)).toHaveLength(1);
    const other = await unchanged(world, () =>
      browser.post(pathOf(sold), { ...fields, decisionKind: "decline_upsell" }),
    );
    expect(other.status).toBe(422);
    expect(await other.text()).toContain("has its answer already");
  });

  test("two tabs: the second answer is refused and shows how things stand", async () => {
    const sold = await sale(world);
    const [one, two] = [await visit(sold), await visit(sold)];
    const fields = { decisionKind: "decline_upsell", confirmationText: TEXT };
    expect((await one.browser.post(pathOf(sold), { ...one.form, ...fields })).status).toBe(303);
    const late = await unchanged(world, () => two.browser.post(pathOf(sold), { ...two.form, ...fields }));
    expect(late.status).toBe(412);
    expect(await late.text()).toContain("Launch review");
  });

  test("each answer is one press under its sentence; a form with another sentence, or without an answer, records nothing", async () => {
    const sold = await sale(world);
    const { browser, form, html } = await visit(sold);
    expect(form.confirmationText).toBe(TEXT);
    for (const kind of ["accept_upsell_follow_up", "decline_upsell"]) {
      expect(html).toMatch(new RegExp(`<button type="submit" name="decisionKind" value="${kind}"`));
    }
    expect(html).not.toMatch(/<input(?![^>]*type="hidden")/);
    for (const confirmationText of ["", "yes", `${TEXT}.`, TEXT.toLowerCase()]) {
      const answer = await unchanged(world, () =>
        browser.post(pathOf(sold), { ...form, decisionKind: "decline_upsell", confirmationText }),
      );
      expect([answer.status, (await answer.text()).includes("could not be recorded")]).toEqual([422, true]);
    }
    const unchosen = await unchanged(world, () => browser.post(pathOf(sold), form));
    expect([unchosen.status, (await unchosen.text()).includes("Please choose an answer.")]).toEqual([400, true]);
    expect((await browser.post(pathOf(sold), { ...form, decisionKind: "decline_upsell" })).status).toBe(303);
  });

  test("a form without its token, of another browser, or from another site is not taken", async () => {
    const sold = await sale(world);
    const { browser, form } = await visit(sold);
    const fields = { ...form, decisionKind: "decline_upsell", confirmationText: TEXT };
    const tokenless = { ...fields, formToken: "" };
    const stranger = openBrowser(world.send, ORIGIN);
    await stranger.get(pathOf(sold));
    await unchanged(world, async () => {
      expect((await browser.post(pathOf(sold), tokenless)).status).toBe(403);
      expect((await stranger.post(pathOf(sold), fields)).status).toBe(403);
      expect((await browser.post(pathOf(sold), fields, { "Sec-Fetch-Site": "cross-site" })).status).toBe(403);
      const bare = await world.fetch(pathOf(sold), { method: "POST", body: new URLSearchParams(fields) });
      expect(bare.status).toBe(403);
      const json = await world.fetch(pathOf(sold), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(fields),
      });
      expect(json.status).toBe(403);
    });
  });

  test("a forged link, an id and another buyer's link do not open this checkout", async () => {
    const [mine, theirs] = [await sale(world, { outcome: "none" }), await sale(world, { person: OWNER })];
    const { token } = theirs;
    const { browser, form } = await visit(theirs);
    await unchanged(world, async () => {
      for (const link of [`${token}x`, token.slice(0, -1), mine.checkoutIntentId, "x"]) {
        const page = await browser.get(`/commerce/post-purchase/${link}`);
        expect([page.status, (await page.text()).includes("There is nothing here")]).toEqual([404, true]);
        const posted = await browser.post(`/commerce/post-purchase/${link}`, { ...form, confirmationText: TEXT });
        expect(posted.status).toBe(404);
      }
      // The other buyer's form, sent to this link, is about this link's checkout, and that one is not paid.
      const crossed = await browser.post(pathOf(mine), {
        ...form,
        decisionKind: "decline_upsell",
        confirmationText: TEXT,
      });
      expect(crossed.status).toBeGreaterThanOrEqual(400);
      // A checkout named in the form counts for nothing, whatever link it came by.
      const smuggled = await browser.post(pathOf(mine), {
        ...form,
        checkoutIntentId: theirs.checkoutIntentId,
        decisionKind: "decline_upsell",
        confirmationText: TEXT,
      });
      expect(smuggled.status).toBeGreaterThanOrEqual(400);
    });
    const page = await (await openBrowser(world.send, ORIGIN).get(pathOf(mine))).text();
    expect(page).toContain("Offers open once the payment is confirmed.");
  });

  test("the agent's redirect link opens no buyer's page", async () => {
    const sold = await sale(world);
    const token = await world.token(BUYER, "mcp", ["checkout:write"]);
    const client = await connect({ send: world.send, url: `${ORIGIN}/mcp`, token });
    const seen = JSON.stringify([
      await client.readResource({ uri: `commerce://checkouts/${sold.checkoutIntentId}` }),
      await client.readResource({ uri: "commerce://operations" }),
    ]);
    expect(seen).not.toContain(sold.token);
    const [operation] = await world.all<{ id: string }>(
      "SELECT operation_id AS id FROM checkout_intents WHERE id = ?",
      sold.checkoutIntentId,
    );
    const answer = JSON.stringify(await client.readResource({ uri: `commerce://operations/${operation?.id}` }));
    const link = /checkout\/redirect\/([\w-]+)/.exec(answer)?.[1];
    expect(link).toBeDefined();
    expect(answer).not.toContain(sold.token);
    expect((await world.fetch(`/commerce/post-purchase/${link}`)).status).toBe(404);
    expect((await world.fetch(`/commerce/checkout/success/${link}`)).status).toBe(404);
  });

  test("when the window is over the page says so, and a form that was open before is refused", async () => {
    const sold = await sale(world);
    const { browser, form } = await visit(sold);
    await world.advance(31 * 60);
    const late = await unchanged(world, () =>
      browser.post(pathOf(sold), { ...form, decisionKind: "decline_upsell", confirmationText: TEXT }),
    );
    expect([late.status, (await late.text()).includes("This offer has ended")]).toEqual([409, true]);
    const { html } = await visit(sold);
    expect(html).not.toContain("<form");
    expect(await (await world.fetch(sold.returnUrl)).text()).not.toContain(pathOf(sold));
  });

  test("a lost answer of the database is a page too, and the same form settles it", async () => {
    const sold = await sale(world);
    const { browser, form } = await visit(sold);
    const fields = { ...form, decisionKind: "decline_upsell", confirmationText: TEXT };
    // Two reads find the page, one the write, and the fourth commits.
    world.quiet = true;
    world.database.lose({ 4: "after" });
    const lost = await browser.post(pathOf(sold), fields);
    world.database.reset();
    world.quiet = false;
    expect(lost.status).toBe(500);
    expect(await lost.text()).toContain("ref-");
    expect((await browser.post(pathOf(sold), fields)).status).toBe(303);
    expect(await decisionsOf(sold)).toHaveLength(1);
  });
});
