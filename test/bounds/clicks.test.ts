import { beforeAll, beforeEach, expect, test } from "vitest";
import { BOUNDS, WIDE_NETWORK } from "../../src/base/bounds.ts";
import { countersOn } from "../support/counters.ts";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { healthReader } from "../support/health.ts";
import { sale } from "../support/sale.ts";

const DAY = 86_400;

describeInWorld("bounds on clicks", { reset: true }, (world) => {
  let link: { id: string; code: string; destination_route: string };
  let health: Awaited<ReturnType<typeof healthReader>>;
  beforeAll(async () => {
    health = await healthReader(world);
    [link] = (await world.all<typeof link>("SELECT * FROM referral_links WHERE sandbox_attribution = 1")) as [
      typeof link,
    ];
  });
  beforeEach(async () => {
    world.restart(countersOn(world.clock));
    await world.all("DELETE FROM bound_counts");
    await world.all("DELETE FROM bounds_met");
  });

  let keys = 0;
  const click = (from: string, fields: object = {}) =>
    world.fetch("/api/affiliates/clicks", {
      method: "POST",
      headers: { "Content-Type": "application/json", "CF-Connecting-IP": from, "User-Agent": "browser" },
      body: JSON.stringify({
        code: link.code,
        destinationRoute: link.destination_route,
        idempotencyKey: `flood-${++keys}`,
        ...fields,
      }),
    });
  const clicks = async () =>
    (await world.all<{ n: number }>("SELECT count(*) AS n FROM affiliate_referral_clicks"))[0]?.n ?? 0;
  const total = async () =>
    (await world.all<{ n: number }>("SELECT sum(total_clicks) AS n FROM referral_click_totals"))[0]?.n ?? 0;
  const statuses = async (answers: Promise<Response>[]) => {
    const found: Record<number, number> = {};
    for (const { status } of await Promise.all(answers)) found[status] = (found[status] ?? 0) + 1;
    return found;
  };

  test("a stranger who repeats a visitor's key records a click of their own and learns nothing of the first", async () => {
    const key = { idempotencyKey: "the-same-key" };
    const idOf = async (answer: Response) => ((await answer.json()) as { referralClickId: string }).referralClickId;
    const first = await idOf(await click("203.0.113.7", key));
    expect(await idOf(await click("203.0.113.7", key))).toBe(first);
    const ids = [first];
    for (const [from, fields] of [
      ["203.0.113.8", {}],
      ["2001:db8:1:1::1", {}],
      ["203.0.113.7", { anonymousVisitorKey: "another visitor" }],
      ["203.0.113.7", { anonymousVisitorKey: "a third visitor" }],
    ] as const) {
      const answer = await click(from, { ...key, ...fields });
      expect([answer.status, answer.headers.get("Idempotent-Replayed")]).toEqual([201, null]);
      ids.push(await idOf(answer));
    }
    expect(new Set(ids).size).toBe(5);
    // A visitor with a key of their own is the same one in another network.
    const moved = await click("198.51.100.1", { ...key, anonymousVisitorKey: "another visitor" });
    expect([moved.status, await idOf(moved)]).toEqual([200, ids[3]]);
  });

  test("one network records 30 clicks a minute, however many addresses of its /64 it uses, and other networks go on", async () => {
    const from64 = Array.from({ length: 300 }, (_, n) => click(`2001:db8:1:2::${n.toString(16)}`));
    expect(await statuses(from64)).toEqual({ 201: BOUNDS.clicks.most, 429: 300 - BOUNDS.clicks.most });
    const refused = await unchanged(world, () => click("2001:db8:1:2:ffff::"), ["bounds_met"]);
    expect([refused.status, refused.headers.get("Retry-After")]).toEqual([429, "60"]);
    expect(refused.headers.get("Access-Control-Expose-Headers")).toContain("Retry-After");
    expect((await click("203.0.113.9")).status).toBe(201);
    // Every /64 of one /48 together.
    const from48 = Array.from({ length: 400 }, (_, n) => click(`2001:db8:2:${n.toString(16)}::1`));
    const { 201: taken = 0 } = await statuses(from48);
    expect(taken).toBeGreaterThan(BOUNDS.clicks.most);
    expect(taken).toBeLessThanOrEqual(WIDE_NETWORK * BOUNDS.clicks.most);
    world.skew(60);
    expect((await click("2001:db8:1:2::1")).status).toBe(201);
  });

  test("in a day one network records 1,000 clicks and one link 10,000; health says so, and the next day goes on", async () => {
    let taken = 0;
    for (let minute = 0; minute < 40; minute++) {
      const found = await statuses(Array.from({ length: 30 }, () => click("203.0.113.7")));
      taken += found[201] ?? 0;
      world.skew(60);
    }
    expect(taken).toBe(BOUNDS.clicksADay.most);
    const refused = await unchanged(world, () => click("203.0.113.7"), ["bounds_met"]);
    const wait = Number(refused.headers.get("Retry-After"));
    expect([refused.status, wait > 60, wait <= DAY]).toEqual([429, true, true]);
    expect((await click("203.0.113.8")).status).toBe(201);
    // The rest of the link's day, from as many networks as it takes.
    await world.all(
      "UPDATE bound_counts SET count = ? WHERE bound = 'clicksOfALinkADay'",
      BOUNDS.clicksOfALinkADay.most - 1,
    );
    expect(await statuses(Array.from({ length: 20 }, (_, n) => click(`198.51.100.${n}`)))).toEqual({ 201: 1, 429: 19 });
    const { boundsMet } = (await health()) as { boundsMet: { bound: string }[] };
    expect(boundsMet.map(({ bound }) => bound).sort()).toEqual(["clicksADay", "clicksOfALinkADay"]);
    expect(boundsMet[0]).toMatchObject({ most: 1000, of: "network", seconds: DAY });
    world.skew(wait);
    expect((await click("203.0.113.7")).status).toBe(201);
  });

  test("a click that no sale used goes after its window, one that an attribution names stays, and counts do not change", async () => {
    await sale(world, { referred: true });
    const before = { rows: await clicks(), total: await total() };
    expect(before.rows).toBeGreaterThan(100);
    world.skew(30 * DAY);
    await world.scheduled();
    expect({ rows: await clicks(), total: await total() }).toEqual(before);
    world.skew(2 * DAY);
    await world.scheduled();
    await world.scheduled();
    expect(await world.all("SELECT id FROM affiliate_referral_clicks")).toEqual(
      await world.all("SELECT referral_click_id AS id FROM checkout_referral_attributions"),
    );
    expect([await clicks(), await total()]).toEqual([1, before.total]);
    expect(await world.all("SELECT bound FROM bound_counts")).toEqual([]);
  });
});
