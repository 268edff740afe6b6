import { beforeAll, expect, test } from "vitest";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Doors } from "../support/doors.ts";
import { BUMP, checkoutDoors, intentRow, launchPassCall, OFFER, started } from "../support/launch-pass.ts";
import { ORIGIN, OWNER } from "../support/world.ts";

describeInWorld("start_checkout, refused", {}, (world) => {
  let doors: Doors;
  beforeAll(async () => {
    doors = await checkoutDoors(world);
  });

  /** Holds a refusal to its code, to both tables and Stripe unchanged. */
  async function refused(args: Record<string, unknown>, code: string, members: Record<string, unknown> = {}) {
    const calls = (await world.sandbox.calls()).length;
    const answer = await unchanged(world, () => doors.http(args));
    expect(answer.body, answer.text).toMatchObject({ code, ...members });
    expect((await world.sandbox.calls()).length).toBe(calls);
    return answer;
  }

  const set = (sql: string, ...values: unknown[]) => world.all(sql, ...values);

  test("the sentence without the bump does not confirm the bump, nor the other way round", async () => {
    const [alone, withBump] = [await launchPassCall(world), await launchPassCall(world, { bump: true })];
    expect(alone.confirmationText).toContain("9.00 USD");
    expect(withBump.confirmationText).toContain("28.00 USD");
    await refused({ ...withBump, confirmationText: alone.confirmationText }, "confirmation_mismatch");
    await refused({ ...alone, confirmationText: withBump.confirmationText }, "confirmation_mismatch");
  });

  test("bumps are those of the offer, each once", async () => {
    const call = await launchPassCall(world, { bump: true });
    await refused({ ...call, orderBumpIds: [BUMP, BUMP] }, "invalid_input", { field: "orderBumpIds" });
    const unknown = await refused({ ...call, orderBumpIds: ["offer-bump-of-another"] }, "not_found");
    const upsell = await refused({ ...call, orderBumpIds: ["offer-upsell-launch-accelerator"] }, "not_found");
    const absent = await refused({ ...call, offerId: "sandbox-launch-pass-x" }, "not_found");
    expect(upsell.body).toEqual(unknown.body);
    expect(unknown.body).toMatchObject({ field: "orderBumpIds", resource: `commerce://offers/${call.offerId}` });
    expect(absent.body).toMatchObject({ field: "offerId", resource: "commerce://offers" });
    await refused({ ...call, orderBumpIds: BUMP }, "invalid_input", { field: "orderBumpIds" });
    await refused({ ...call, orderBumpIds: Array(11).fill(BUMP) }, "invalid_input", { field: "orderBumpIds" });
    await refused({ ...call, offerId: "x".repeat(201) }, "invalid_input", { field: "offerId" });
    await refused({ ...call, offerId: "a\0b" }, "invalid_input", { field: "offerId" });
    await refused({ ...call, offerId: 1 }, "invalid_input", { field: "offerId" });
  });

  test("the stack's own id of an offer or bump is read like the public one, and a call is told which to use", async () => {
    const own = "commerce://offers/offer-primary-sandbox-launch-pass";
    const call = await launchPassCall(world);
    expect(await world.read(own)).toEqual(await world.read(`commerce://offers/${call.offerId}`));
    const one = await refused({ ...call, offerId: "offer-primary-sandbox-launch-pass" }, "invalid_input");
    expect(one.body).toMatchObject({
      field: "offerId",
      detail: "offerId: this is called sandbox-launch-pass here; send that id",
      resource: "commerce://offers/sandbox-launch-pass",
    });
    await world.all("UPDATE stack_offers SET id = 'own-id-of-the-bump' WHERE id = ?", BUMP);
    const bump = await refused({ ...call, orderBumpIds: ["own-id-of-the-bump"] }, "invalid_input");
    expect(bump.body).toMatchObject({
      field: "orderBumpIds",
      detail: `orderBumpIds: this is called ${BUMP} here; send that id`,
      resource: "commerce://offers/sandbox-launch-pass",
    });
    await world.all("UPDATE stack_offers SET id = ? WHERE id = 'own-id-of-the-bump'", BUMP);
    // The id of an upsell is no offer's that can be bought.
    await refused({ ...call, offerId: "offer-upsell-launch-accelerator" }, "not_found", { field: "offerId" });
  });

  test("a price, an offer, its stack or the business that moves between reading and claiming is stale", async () => {
    const statements = {
      price: "UPDATE commerce_prices SET unit_amount_cents = unit_amount_cents + 100, updated_at = updated_at + 1",
      offer: "UPDATE stack_offers SET updated_at = updated_at + 1",
      stack: "UPDATE offer_stacks SET updated_at = updated_at + 2",
      business: "UPDATE businesses SET name = 'Another', updated_at = updated_at + 3",
      product: "UPDATE commerce_products SET status = 'draft'",
    };
    const kept = await world.all<{ name: string }>("SELECT name FROM businesses");
    for (const [what, sql] of Object.entries(statements)) {
      const call = await launchPassCall(world, { bump: true });
      const before = (await world.all("SELECT id FROM operations")).length;
      world.database.interrupt(2, () => set(sql));
      const answer = await doors.http(call);
      world.database.reset();
      expect([what, answer.code]).toEqual([what, "stale_state"]);
      expect((await world.all("SELECT id FROM operations")).length).toBe(before);
    }
    await set("UPDATE commerce_prices SET unit_amount_cents = unit_amount_cents - 100");
    await set("UPDATE businesses SET name = ?", kept[0]?.name);
    await set("UPDATE commerce_products SET status = 'sandbox_live'");
  });

  test("what is not on sale is not started", async () => {
    const call = await launchPassCall(world, { bump: true });
    await set("UPDATE commerce_prices SET active = 0 WHERE id = 'price-launch-checklist-bump-usd'");
    await refused(call, "ineligible_state", { resource: `commerce://offers/${OFFER}` });
    await set("UPDATE commerce_prices SET active = 1");
    await set("UPDATE commerce_products SET status = 'draft' WHERE id = 'product-bumpgrade-sandbox-launch-pass'");
    await refused(call, "ineligible_state", { resource: `commerce://offers/${OFFER}` });
    await set(
      "UPDATE commerce_products SET status = 'sandbox_live' WHERE id = 'product-bumpgrade-sandbox-launch-pass'",
    );
    world.restart({ STRIPE_SECRET_KEY_SANDBOX: undefined });
    await refused(call, "provider_unavailable");
    world.restart();
  });

  test("a click counts only where it may, and an unknown one starts nothing", async () => {
    const click = async (code: string, destinationRoute: string, idempotencyKey: string) => {
      const answer = await world.fetch("/api/affiliates/clicks", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ code, destinationRoute, idempotencyKey }),
      });
      expect(answer.status).toBe(201);
      return ((await answer.json()) as { referralClickId: string }).referralClickId;
    };
    const [link] = await world.all<{ id: string; code: string; destination_route: string; partner_id: string }>(
      "SELECT * FROM referral_links WHERE sandbox_attribution = 1",
    );
    if (!link) throw new Error("no link is enabled");
    const good = await click(link.code, link.destination_route, "click-1");
    const call = await launchPassCall(world);
    await refused({ ...call, referralClickId: "referral-click-unknown" }, "not_found", {
      field: "referralClickId",
    });

    const unfit = async (why: RegExp, change: string, back: string) => {
      await set(change);
      const { body } = await refused({ ...call, referralClickId: good }, "ineligible_state", {
        field: "referralClickId",
      });
      expect(String(body.detail)).toMatch(why);
      await set(back);
    };
    const clicks = "UPDATE affiliate_referral_clicks SET";
    await unfit(
      /partner/,
      "UPDATE affiliate_partners SET status = 'review'",
      "UPDATE affiliate_partners SET status = 'approved'",
    );
    await unfit(
      /not enabled/,
      "UPDATE referral_links SET sandbox_attribution = 0",
      `UPDATE referral_links SET sandbox_attribution = 1 WHERE id = '${link.id}'`,
    );
    await unfit(
      /another funnel/,
      `${clicks} destination_route = '/elsewhere'`,
      `${clicks} destination_route = '${link.destination_route}'`,
    );
    const days31 = 31 * 86_400_000;
    await unfit(
      /too old/,
      `${clicks} clicked_at = clicked_at - ${days31}`,
      `${clicks} clicked_at = clicked_at + ${days31}`,
    );
    await unfit(/later/, `${clicks} clicked_at = clicked_at + 60000`, `${clicks} clicked_at = clicked_at - 60000`);

    const answer = await doors.http({ ...call, referralClickId: good });
    expect(answer.code, answer.text).toBeUndefined();
    const attributions = await world.all(
      "SELECT referral_click_id, attribution_status FROM checkout_referral_attributions",
    );
    expect(attributions).toEqual([{ referral_click_id: good, attribution_status: "checkout_intent_attached" }]);
    const audit = await world.all<{ event_kind: string }>(
      "SELECT event_kind FROM payment_audit_events WHERE operation_id = ?",
      answer.body.operationId,
    );
    expect(audit.map((row) => row.event_kind).sort()).toEqual([
      "checkout_intent_created",
      "checkout_referral_attribution_attached",
      "checkout_session_created",
    ]);
  });

  test("the same thing twice under two keys is two checkouts, and the second names the first", async () => {
    const first = await started(world, doors.mcp);
    const second = await started(world, doors.http);
    expect(second.checkoutIntentId).not.toBe(first.checkoutIntentId);
    expect(second.otherOpenCheckouts?.[0]).toBe(first.checkoutIntentId);
    expect(second.otherOpenCheckouts?.length).toBeLessThanOrEqual(5);
  });

  test("three unrelated links, none of which opens another's page, none stored in the clear", async () => {
    const { checkoutIntentId, checkoutUrl } = await started(world, doors.mcp);
    const [session] = (await world.sandbox.sessions()).filter((one) => one.client_reference_id === checkoutIntentId);
    const links = [checkoutUrl, session?.success_url ?? "", session?.cancel_url ?? ""];
    const tokens = links.map((link) => link.split("/").at(-1) ?? "");
    expect(new Set(tokens).size).toBe(3);
    const paths = links.map((link) => link.slice(ORIGIN.length, link.lastIndexOf("/") + 1));
    for (const [index, path] of paths.entries()) {
      for (const [other, token] of tokens.entries()) {
        const { status } = await world.fetch(path + token);
        expect([path, other, status]).toEqual([path, other, other === index ? (index === 0 ? 303 : 200) : 404]);
      }
    }
    const row = JSON.stringify(await intentRow(world, checkoutIntentId));
    const stored = row + JSON.stringify(await world.all("SELECT * FROM checkout_links"));
    for (const token of tokens) {
      expect(token.length).toBeGreaterThanOrEqual(22);
      expect(stored).not.toContain(token);
    }
  });

  test("another person's checkout and operation are not found", async () => {
    const { checkoutIntentId } = await started(world, doors.mcp);
    const { operation_id: operationId } = await intentRow(world, checkoutIntentId);
    const token = await world.token(OWNER, "api", ["checkout:write"]);
    const get = (id: string) => world.fetch(`/api/operations/${id}`, { headers: { Authorization: `Bearer ${token}` } });
    const [elses, absent] = [await get(String(operationId)), await get("operation-absent")];
    expect([elses.status, absent.status]).toEqual([404, 404]);
    expect(await elses.text()).toBe(await absent.text());
  });
});
