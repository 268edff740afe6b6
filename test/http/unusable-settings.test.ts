import { beforeAll, beforeEach, expect, test } from "vitest";
import { signBody } from "../../src/dev/stripe-sandbox/client.ts";
import worker from "../../src/worker.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { healthReader } from "../support/health.ts";
import { checkoutDoors, launchPassCall } from "../support/launch-pass.ts";
import { openBrowser, signIn } from "../support/oauth.ts";
import { planCall, planDoors, withoutPlans } from "../support/plans.ts";
import { ORIGIN, OWNER } from "../support/world.ts";

const LIVE_KEY = "sk_live_000000000000000000000000";
const SECRETS = { sandbox: "whsec_test_sandbox_secret", live: "whsec_test_live_secret" };
/** Both modes as they should be, with plans sold live. */
const BOTH = {
  STRIPE_MAX_MODE: "live",
  STRIPE_SECRET_KEY_LIVE: LIVE_KEY,
  STRIPE_WEBHOOK_SECRET_LIVE: SECRETS.live,
  // Beside a live key no other address is taken; here the network itself leads to the sandbox.
  STRIPE_API_BASE_URL: undefined,
};

describeInWorld("unusable settings", { reset: true }, (world) => {
  let passes: Awaited<ReturnType<typeof checkoutDoors>>;
  let plans: typeof passes;
  let health: () => Promise<Record<string, unknown>>;
  beforeAll(async () => {
    passes = await checkoutDoors(world);
    plans = await planDoors(world);
    health = await healthReader(world);
  });
  beforeEach(async () => {
    await withoutPlans(world);
    world.quiet = true;
    world.log.length = 0;
  });

  let events = 0;
  async function delivered(mode: "sandbox" | "live"): Promise<number> {
    const body = JSON.stringify({
      id: `evt_settings${++events}`,
      object: "event",
      type: "customer.created",
      created: Math.floor(world.clock.now() / 1000),
      livemode: mode === "live",
      data: { object: { object: "customer", id: "cus_1" } },
    });
    return (
      await world.post({ body, signature: await signBody(body, SECRETS[mode], Math.floor(world.clock.now() / 1000)) })
    ).status;
  }

  const modesUsed = async () => [...new Set((await world.sandbox.calls()).map(({ livemode }) => livemode))];

  test.each([
    ["STRIPE_SECRET_KEY_SANDBOX", LIVE_KEY, "sandbox"],
    ["STRIPE_SECRET_KEY_SANDBOX", "pk_test_000000000000000000000000", "sandbox"],
    ["STRIPE_SECRET_KEY_SANDBOX", "", "sandbox"],
    ["STRIPE_WEBHOOK_SECRET_SANDBOX", "secret-of-nobody", "sandbox"],
    ["STRIPE_WEBHOOK_SECRET_SANDBOX", "whsec_one,whsec_two,whsec_three", "sandbox"],
    ["STRIPE_SECRET_KEY_LIVE", "sk_test_000000000000000000000000", "live"],
    ["STRIPE_WEBHOOK_SECRET_LIVE", "secret-of-nobody", "live"],
  ] as const)(
    "%s as %s: its mode is unusable, the other works, and nothing falls back",
    async (setting, value, broken) => {
      world.restart({ ...BOTH, [setting]: value });
      const pass = await passes.http(await launchPassCall(world));
      const plan = await plans.http(await planCall(world));
      expect([pass.code, plan.code]).toEqual(
        broken === "sandbox" ? ["provider_unavailable", undefined] : [undefined, "provider_unavailable"],
      );
      expect(await modesUsed()).toEqual([broken === "sandbox"]);
      expect([await delivered("sandbox"), await delivered("live")]).toEqual(
        broken === "sandbox" ? [400, 200] : [200, 400],
      );
      await world.scheduled();
      expect(await modesUsed()).toEqual([broken === "sandbox"]);

      expect((await world.fetch("/health")).status).toBe(200);
      const told = await health();
      expect(told.unusableSettings).toEqual([{ setting, rule: expect.stringContaining("must be") }]);
      const owner = openBrowser(world.send, ORIGIN);
      await signIn(owner, OWNER);
      const page = await (await owner.get("/owner")).text();
      expect(page).toContain(`The setting ${setting} must be`);
      expect(world.log.filter(({ code }) => code === "setting_unusable")).toMatchObject([{ name: setting }]);
      if (value !== "") expect([JSON.stringify(told), page, JSON.stringify(world.log)].join("\n")).not.toContain(value);
    },
  );

  test("an address for another Stripe makes live unusable, and one that is none both", async () => {
    world.restart({ ...BOTH, STRIPE_API_BASE_URL: "http://stripe-sandbox.test" });
    expect((await plans.http(await planCall(world))).code).toBe("provider_unavailable");
    expect((await passes.http(await launchPassCall(world))).code).toBeUndefined();
    world.restart({ ...BOTH, STRIPE_API_BASE_URL: "stripe" });
    expect((await plans.http(await planCall(world))).code).toBe("provider_unavailable");
    expect((await passes.http(await launchPassCall(world))).code).toBe("provider_unavailable");
    expect(await modesUsed()).toEqual([false]);
  });

  test.each([
    ["PUBLIC_URL", "https://app.test/shop"],
    ["SERVER_SECRET", "too-short-a-secret"],
    ["BUSINESS_OWNER_USER_ID", ""],
    ["BUSINESS_PARTS", "offers,downloads"],
    ["BUSINESS_PARTS", undefined],
  ])("without %s nothing works, and the log says so", async (setting, value) => {
    const lines: string[] = [];
    const real = console.log;
    console.log = (line: string) => lines.push(line);
    try {
      const bindings = { ...world.bindings, [setting]: value };
      const request = new Request(`${ORIGIN}/health`);
      const answer = await worker.fetch(request as never, bindings as never, {} as never);
      expect([answer.status, await answer.text()]).toEqual([503, expect.not.stringContaining(setting)]);
      await worker.scheduled({} as never, bindings as never);
    } finally {
      console.log = real;
    }
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain(setting);
    if (value) expect(lines.join("\n")).not.toContain(value);
  });
});
