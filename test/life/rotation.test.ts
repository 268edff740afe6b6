import { expect, test } from "vitest";
import { openAgent } from "../approvals/asking.ts";
import { auditVerdict } from "../support/audit-verdict.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { healthReader } from "../support/health.ts";
import { CREATE, checkoutDoors, intentRow, launchPassCall, resultOf, sessionBehind } from "../support/launch-pass.ts";
import { openBrowser, refresh, revoke, signIn } from "../support/oauth.ts";
import { BUYER, ORIGIN } from "../support/world.ts";

const FIRST = "test-secret-test-secret-test-secret-0001";
const SECOND = "test-secret-test-secret-test-secret-0002";
const KEYS = "/.well-known/commerce-receipts.json";

describeInWorld("rotating a secret", { reset: true }, (world) => {
  const browse = async () => {
    const browser = openBrowser(world.send, ORIGIN);
    await signIn(browser, BUYER);
    return browser;
  };

  test("SERVER_SECRET: before, with two values, with the new one alone", { timeout: 60_000 }, async () => {
    const doors = await checkoutDoors(world);
    const health = await healthReader(world);
    const call = await launchPassCall(world);
    const started = resultOf(await doors.http(call));
    const { id: sessionId } = await sessionBehind(world, started);
    const agent = await openAgent(world);
    let { token } = agent;
    const { confirmationText: _, ...asking } = await launchPassCall(world);
    const { approvalUrl } = await agent.call("start_checkout", asking);
    let browser = await browse();
    const retired = await (await world.fetch(KEYS)).text();

    /** What each thing that was made under the first secret answers now. */
    const standing = async () => {
      const replay = await doors.http(call);
      await world.scheduled();
      const { report } = (await health()).lastScheduledRun as { report: { audit: { head: string } } };
      return {
        token: (await agent.standing(String(asking.idempotencyKey))).status !== undefined,
        replay: replay.code ?? replay.status,
        link: (await world.fetch(started.checkoutUrl)).status,
        session: (await browser.get("/account")).status,
        approval: (await (await browse()).get(String(approvalUrl))).status,
        sealing: report.audit.head,
      };
    };
    const whole = { token: true, replay: 200, link: 303, session: 200, approval: 200, sealing: "kept" };
    expect(await standing()).toEqual(whole);

    // With two values all stays as it is, but people sign in again.
    world.restart({ SERVER_SECRET: `${SECOND},${FIRST}` });
    expect(await standing()).toEqual({ ...whole, session: 303 });
    browser = await browse();
    const later = resultOf(await doors.http(await launchPassCall(world)));
    token = await refresh(world.send, token);
    expect(await standing()).toEqual(whole);

    // With the new one alone, what only the first opens is over, without a fault of the server's.
    world.restart({ SERVER_SECRET: SECOND, RECEIPT_RETIRED_KEYS: retired });
    world.quiet = true;
    world.log.length = 0;
    expect(await standing()).toEqual({ ...whole, replay: "ineligible_state", link: 410, approval: 409 });
    expect(world.log.filter(({ event }) => event === "internal")).toEqual([
      expect.objectContaining({ name: "start_checkout", code: "not_opened" }),
      expect.objectContaining({ name: "payment_link", code: "not_opened" }),
    ]);
    expect((await world.fetch(later.checkoutUrl)).status).toBe(303);
    token = await refresh(world.send, token);
    // A payment of a checkout from before still gives its access.
    await world.sandbox.pay(sessionId, "paid");
    await world.deliver();
    expect((await intentRow(world, started.checkoutIntentId)).status).toBe("paid");
    expect((await health()).failedEvents).toBe(0);
    await world.scheduled();

    // Older seals are checked with the retired key.
    expect(await auditVerdict(world, undefined)).toMatchObject({ faults: [], unsealedRows: 0 });
    world.restart({ SERVER_SECRET: SECOND });
    expect((await auditVerdict(world, undefined)).faults.length).toBeGreaterThan(0);
    // A connection from before can still be ended.
    await revoke(world.send, token, token.refreshToken);
    await expect(refresh(world.send, token)).rejects.toThrow();
  });

  test("a Stripe key that is revoked first: its mode closes, and opens with the new key at once", async () => {
    const doors = await checkoutDoors(world);
    const health = await healthReader(world);
    const call = await launchPassCall(world);
    const started = resultOf(await doors.http(call));
    const { id } = await sessionBehind(world, started);
    world.quiet = true;
    await world.sandbox.fault({ target: "api", path: CREATE, kind: "status", status: 401 });
    expect((await doors.http(await launchPassCall(world))).code).toBe("provider_refused");
    expect((await health()).closedModes).toMatchObject([{ stripeMode: "sandbox" }]);
    expect((await doors.http(await launchPassCall(world))).code).toBe("ineligible_state");
    // What was started before is paid and given meanwhile: the webhook needs no key.
    await world.sandbox.pay(id, "paid");
    await world.deliver();
    expect((await intentRow(world, started.checkoutIntentId)).status).toBe("paid");

    world.restart({ STRIPE_SECRET_KEY_SANDBOX: `sk_test_${"2".repeat(24)}` });
    expect((await health()).closedModes).toEqual([]);
  });
});
