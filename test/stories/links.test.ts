import { beforeAll, expect, test } from "vitest";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Doors } from "../support/doors.ts";
import { checkoutDoors, sessionBehind, started } from "../support/launch-pass.ts";

describeInWorld("links of a checkout", { reset: true }, (world) => {
  let doors: Doors;
  beforeAll(async () => {
    doors = await checkoutDoors(world);
  });

  test("while it is not known whether a buyer paid, no page says that nothing was charged or asks to pay again", async () => {
    // Paid in the last minute, and the webhook is late.
    const late = await started(world, doors.http);
    const session = await sessionBehind(world, late);
    await world.sandbox.pay(session.id, "paid");
    world.skew(24 * 3600);
    for (const path of [late.checkoutUrl, session.cancel_url ?? ""]) {
      const page = await unchanged(world, () => world.fetch(path));
      const text = await page.text();
      expect(text).not.toMatch(/Nothing was charged/);
      expect(text).toMatch(/do not pay again/i);
    }
    world.skew(-24 * 3600);
    await world.deliver();
    expect(await (await world.fetch(late.checkoutUrl)).text()).toContain("paid already");

    // Paid, and something about it does not fit.
    const odd = await started(world, doors.http);
    const { line_items: _, ...object } = await sessionBehind(world, odd);
    await world.sandbox.event({
      type: "checkout.session.completed",
      object: { ...object, status: "complete", payment_status: "paid", amount_total: 1 },
    });
    await world.deliver();
    for (const path of [odd.checkoutUrl, object.success_url ?? "", object.cancel_url ?? ""]) {
      const text = await (await unchanged(world, () => world.fetch(path))).text();
      expect(text).toMatch(/do not need to pay again/);
      expect(text).not.toMatch(/Nothing was charged|try again/);
    }
  });

  test("a payment that takes days is on its way, and paid once it has arrived", async () => {
    const slow = await started(world, doors.http);
    const session = await sessionBehind(world, slow);
    await world.sandbox.pay(session.id, "delayed");
    await world.deliver();
    const paths = [slow.checkoutUrl, session.cancel_url ?? ""];
    for (const path of paths) {
      const text = await (await unchanged(world, () => world.fetch(path))).text();
      expect(text).toMatch(/on its way/);
      expect(text).not.toMatch(/paid already|Nothing was charged/);
    }
    await world.sandbox.settle(session.id, "succeeded");
    await world.deliver();
    for (const path of paths) expect(await (await world.fetch(path)).text()).toContain("paid already");
  });

  test("one key of one visitor is one click: the same again is the same, anything else a conflict", async () => {
    const [link] = await world.all<{ id: string; code: string; destination_route: string }>(
      "SELECT * FROM referral_links WHERE sandbox_attribution = 1",
    );
    const click = {
      code: link?.code,
      destinationRoute: link?.destination_route,
      idempotencyKey: "click-1",
      anonymousVisitorKey: "visitor-1",
    };
    const post = (body: object) =>
      world.fetch("/api/affiliates/clicks", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
    const first = await post(click);
    expect(first.status).toBe(201);
    const { duplicate: _, ...recorded } = (await first.json()) as Record<string, unknown>;
    const answers = await Promise.all([post(click), post(click), post({ ...click, code: link?.code.toLowerCase() })]);
    for (const again of answers) {
      expect([again.status, again.headers.get("Idempotent-Replayed")]).toEqual([200, "true"]);
      expect(await again.json()).toEqual({ duplicate: true, ...recorded });
    }
    const { code: _code, ...uncoded } = click;
    const other = await unchanged(world, () => post({ ...uncoded, referralLinkId: link?.id }));
    expect([other.status, await other.json()]).toMatchObject([422, { code: "idempotency_conflict" }]);
    const racers = await Promise.all(Array.from({ length: 20 }, () => post({ ...click, idempotencyKey: "click-2" })));
    expect(racers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 201]);
    expect(await world.all("SELECT id FROM affiliate_referral_clicks WHERE idempotency_key = 'click-2'")).toHaveLength(
      1,
    );
  });
});
