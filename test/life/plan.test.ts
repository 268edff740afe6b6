import { beforeAll, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { connect } from "../support/mcp.ts";
import { BUYER, ORIGIN } from "../support/world.ts";

describeInWorld("a plan from its page to its end", {}, (world) => {
  let call: (name: string, args: Record<string, unknown>) => Promise<{ isError: boolean; body: Record<string, never> }>;
  let read: (uri: string) => Promise<Record<string, never>>;

  beforeAll(async () => {
    const client = await connect({ send: world.send, url: `${ORIGIN}/mcp`, token: await world.token(BUYER, "mcp") });
    call = async (name, args) => {
      const result = await client.callTool({ name, arguments: args });
      const [content] = result.content as { text: string }[];
      return { isError: result.isError === true, body: JSON.parse(content?.text ?? "null") };
    };
    read = async (uri) => {
      const [content] = (await client.readResource({ uri })).contents;
      return JSON.parse((content as { text: string }).text);
    };
  });

  test("bought with its setup, provisioned by the webhook alone, refused while active, paused, ended", async () => {
    const plan = (await read("commerce://plans/grow")) as never as {
      updatedAt: string;
      setup: { confirmationText: string; totalCents: number };
    };
    expect(plan.setup.confirmationText).toBe(
      "Create checkout for Bumpgrade Grow plan at 197.00 USD per month with White glove setup at 1000.00 USD",
    );
    const args = {
      planSlug: "grow",
      includeSetup: true,
      confirmationText: plan.setup.confirmationText,
      idempotencyKey: "plan-1",
      expectedUpdatedAt: plan.updatedAt,
    };
    const started = await call("start_plan_checkout", args);
    expect(started.isError, JSON.stringify(started.body)).toBe(false);
    const { result } = started.body as never as { result: { checkoutIntentId: string; amountCents: number } };
    expect(result.amountCents).toBe(119700);

    const whileOpen = await call("start_plan_checkout", { ...args, idempotencyKey: "plan-2" });
    expect(whileOpen.body).toMatchObject({ code: "ineligible_state" });

    const session = (await world.sandbox.sessions()).at(-1);
    await world.sandbox.pay(session?.id ?? "", "paid");
    for (const answer of await world.deliver()) expect(answer.status, await answer.clone().text()).toBe(200);
    expect(await read(`commerce://checkouts/${result.checkoutIntentId}`)).toMatchObject({
      status: "paid",
      planEntitlement: { planSlug: "grow", status: "active" },
      entitlements: [],
    });
    const whileActive = await call("start_plan_checkout", { ...args, idempotencyKey: "plan-3" });
    expect(whileActive.body).toMatchObject({ code: "ineligible_state" });

    const [subscription] = await world.sandbox.subscriptions();
    await world.sandbox.subscription(subscription?.id ?? "", { action: "cancel_now" });
    await world.deliver();
    expect(await read(`commerce://checkouts/${result.checkoutIntentId}`)).toMatchObject({
      planEntitlement: { planSlug: "grow", status: "inactive" },
    });
    const [row] = await world.all("SELECT status, plan_slug, current_period_end FROM billing_subscriptions");
    expect(row).toMatchObject({ status: "canceled", plan_slug: "grow" });
  });

  test("the contact plan is sold by talking", async () => {
    const plan = (await read("commerce://plans/enterprise")) as never as { updatedAt: string };
    const refused = await call("start_plan_checkout", {
      planSlug: "enterprise",
      confirmationText: "anything",
      idempotencyKey: "plan-4",
      expectedUpdatedAt: plan.updatedAt,
    });
    expect(refused.body).toMatchObject({ code: "ineligible_state" });
    expect(JSON.stringify(refused.body)).toContain("mailto:");
  });
});
