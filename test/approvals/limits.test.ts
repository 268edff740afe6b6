import { beforeEach, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Reply } from "../support/doors.ts";
import { intentRow, launchPassCall, resultOf } from "../support/launch-pass.ts";
import { counted, limitedApp, limitedHttp } from "../support/limits.ts";
import { browserOf, decide } from "./asking.ts";

const TEXT = "Create checkout for Bumpgrade launch pass at 9.00 USD";

/** The page of an approval that a refusal names. */
const pageOf = (refused: Reply) => new URL(String(refused.body.approvalUrl)).pathname;

describeInWorld("over a limit of its grant", { reset: true }, (world) => {
  beforeEach(async () => {
    await world.all("DELETE FROM approvals");
  });

  test.each([
    ["9.00", false, true],
    ["8.99", false, false],
    ["9.01", false, true],
    ["28.00", true, true],
    ["27.99", true, false],
    ["0", false, false],
  ])(
    "with a limit of %s a checkout with its bump: %s goes through: %s, at either door",
    async (mostAmount, bump, passes) => {
      const app = await limitedApp(world, { mostAmount });
      for (const door of [app.start, await limitedHttp(world, { mostAmount })]) {
        const answer = await door(await launchPassCall(world, { bump }));
        expect(answer.code).toBe(passes ? undefined : "approval_required");
        if (passes) continue;
        const most = Number(mostAmount).toFixed(2);
        const words = `This app's limit is ${most} USD a checkout, and this one is ${bump ? "28.00" : "9.00"} USD. Read commerce://limits.`;
        expect(String(answer.body.detail).startsWith(`${words} A person has to confirm this before 20`)).toBe(true);
        expect(String(answer.body.approvalUrl)).toMatch(/\/approvals\/approval-/);
      }
    },
  );

  test("an amount in another currency is over the limit", async () => {
    const app = await limitedApp(world, { mostAmount: "5000" });
    await world.all("UPDATE grant_limits SET currency = 'jpy' WHERE grant_id = ?", app.grantId);
    const refused = await app.start(await launchPassCall(world));
    expect(refused.code).toBe("approval_required");
    expect(refused.body.detail).toContain("limit is 500000 JPY a checkout, and this one is 9.00 USD.");
  });

  test("the number of a day: what is left, from when on one is free, the page with the same words, and a yes that counts", async () => {
    const app = await limitedApp(world, { mostADay: "2" });
    const none = { mostOfOneCheckout: null, actsAloneUntil: null, actsAlone: true };
    const left = (most: number, rest: number, freeAgainAt: unknown = null) => ({
      ...none,
      checkoutsIn24Hours: { most, left: rest, freeAgainAt },
    });
    expect(await app.limits()).toMatchObject(left(2, 2));
    const first = resultOf(await app.start(await launchPassCall(world)));
    await world.advance(600);
    expect(await app.limits()).toMatchObject(left(2, 1));
    resultOf(await app.start(await launchPassCall(world)));

    const freeAt = Number((await intentRow(world, first.checkoutIntentId)).created_at) + 86_400_000;
    expect(await app.limits()).toMatchObject(left(2, 0, new Date(freeAt).toISOString()));
    await world.advance(300);
    const call = await launchPassCall(world);
    const refused = await app.start(call);
    expect(refused.code).toBe("approval_required");
    const minute = new Date(Math.ceil(freeAt / 60_000) * 60_000).toISOString().slice(0, 16).replace("T", " ");
    const words = `This app's limit is 2 checkouts in 24 hours: 0 are left, and one is free again at ${minute} UTC.`;
    expect(refused.body.detail).toContain(`${words} Read commerce://limits.`);

    const browser = await browserOf(world);
    const page = (await (await browser.get(pageOf(refused))).text()).replaceAll("&#39;", "'");
    expect(page).toContain(`${words} So you are asked.`);
    expect((await decide(browser, pageOf(refused), { approve: TEXT })).status).toBe(200);
    expect(await counted(world, app.grantId)).toBe(3);
    expect((await app.start(call)).body).toMatchObject({ replayed: true, confirmation: { proof: "approval_page" } });

    // The two later ones count when the first has left the 24 hours; once the second has, one is free.
    await world.advance(86_400 - 900);
    expect((await app.start(await launchPassCall(world))).code).toBe("approval_required");
    await world.advance(601);
    expect(await app.limits()).toMatchObject(left(2, 1));
    expect((await app.start(await launchPassCall(world))).code).toBeUndefined();
  });

  test("0 a day asks about each one; no limit asks about none, and the resource says so", async () => {
    const app = await limitedApp(world, { mostADay: "0" });
    const refused = await app.start(await launchPassCall(world));
    expect(refused.body.detail).toMatch(/^This app's limit is 0 checkouts in 24 hours: 0 are left\. Read/);
    const free = await limitedApp(world, {});
    expect((await free.start(await launchPassCall(world))).code).toBeUndefined();
    expect(await free.limits()).toEqual({
      mostOfOneCheckout: null,
      checkoutsIn24Hours: null,
      actsAloneUntil: null,
      actsAlone: true,
      updatedAt: null,
    });
  });
});
