import { beforeAll, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { connect } from "../support/mcp.ts";
import { openBrowser, signIn } from "../support/oauth.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

describeInWorld("a person says yes on our own page", {}, (world) => {
  let offer: { updatedAt: string; confirmationText: string };
  beforeAll(async () => {
    const answer = await world.fetch("/api/commerce/checkout");
    expect(answer.status).toBe(200);
  });

  const agent = async () => {
    const client = await connect({ send: world.send, url: `${ORIGIN}/mcp`, token: await world.token(BUYER, "mcp") });
    const [content] = (await client.readResource({ uri: "commerce://offers/sandbox-launch-pass" })).contents;
    offer = JSON.parse((content as { text: string }).text);
    const call = async (name: string, args: Record<string, unknown>) => {
      const result = await client.callTool({ name, arguments: args });
      const [text] = result.content as { text: string }[];
      return JSON.parse(text?.text ?? "null");
    };
    return call;
  };
  const unconfirmed = (idempotencyKey: string) => ({
    offerId: "sandbox-launch-pass",
    idempotencyKey,
    expectedUpdatedAt: offer.updatedAt,
  });

  test("asked, shown, typed, carried out once, and told to the agent", async () => {
    const call = await agent();
    const asked = await call("start_checkout", unconfirmed("ask-1"));
    expect(asked).toMatchObject({ code: "approval_required" });
    expect(await call("get_operation", { idempotencyKey: "ask-1" })).toMatchObject({
      status: "awaiting_approval",
      approvalUrl: asked.approvalUrl,
    });

    const signedOut = await world.send(new Request(asked.approvalUrl));
    expect(signedOut.status).toBe(303);
    const other = openBrowser(world.send, ORIGIN);
    await signIn(other, OWNER);
    expect((await other.get(asked.approvalUrl)).status).toBe(404);

    const browser = openBrowser(world.send, ORIGIN);
    await signIn(browser, BUYER);
    const page = await browser.get(asked.approvalUrl);
    const shown = await page.clone().text();
    expect(shown).toContain(offer.confirmationText);
    expect(shown).toContain("9.00 USD");
    const path = new URL(asked.approvalUrl).pathname;
    const wrong = await browser.submit(page, path, { decision: "approve", confirmationText: "yes" });
    expect(wrong.status).toBe(422);
    const done = await browser.submit(wrong, path, { decision: "approve", confirmationText: offer.confirmationText });
    expect([done.status, await done.clone().text()]).toEqual([200, expect.stringContaining("carried out just now")]);

    const told = await call("get_operation", { idempotencyKey: "ask-1" });
    expect(told).toMatchObject({ status: "succeeded", confirmation: { proof: "approval_page" } });
    const repeated = await call("start_checkout", unconfirmed("ask-1"));
    expect(repeated).toMatchObject({ replayed: true, result: told.result });
    expect(await world.sandbox.sessions()).toHaveLength(1);
  });

  test("declined stays declined, a changed subject is shown as changed; the fourth of a client and the sixth of a person are refused", async () => {
    const call = await agent();
    const browser = openBrowser(world.send, ORIGIN);
    await signIn(browser, BUYER);
    const asked = await call("start_checkout", unconfirmed("ask-2"));
    const path = new URL(asked.approvalUrl).pathname;
    await browser.submit(await browser.get(asked.approvalUrl), path, { decision: "decline" });
    expect(await call("start_checkout", unconfirmed("ask-2"))).toMatchObject({ code: "ineligible_state" });

    const moving = await call("start_checkout", unconfirmed("ask-3"));
    await world.db
      .prepare("UPDATE commerce_prices SET updated_at = updated_at + 1 WHERE id LIKE '%launch-pass%'")
      .run();
    expect(await (await browser.get(moving.approvalUrl)).text()).toContain("This has changed");
    const other = await agent();
    for (const key of ["ask-4", "ask-5", "ask-6"]) {
      expect(await call("start_checkout", unconfirmed(key))).toMatchObject({ code: "approval_required" });
    }
    expect(await call("start_checkout", unconfirmed("ask-7"))).toMatchObject({ code: "rate_limited" });
    for (const key of ["ask-8", "ask-9"]) {
      expect(await other("start_checkout", unconfirmed(key))).toMatchObject({ code: "approval_required" });
    }
    expect(await other("start_checkout", unconfirmed("ask-10"))).toMatchObject({ code: "rate_limited" });
  });
});
