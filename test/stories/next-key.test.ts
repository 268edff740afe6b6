import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { CREATE, checkoutDoors, intentRow, launchPassCall } from "../support/launch-pass.ts";

describeInWorld("start_checkout, with a key that Stripe has used up", { reset: true }, (world) => {
  test("the refusal under the next key ends the checkout at once, also while an earlier call is lost", async () => {
    const doors = await checkoutDoors(world);
    const call = await launchPassCall(world);
    await world.sandbox.fault({ target: "api", path: CREATE, kind: "drop_connection_before" });
    expect((await doors.http(call)).code).toBe("outcome_unknown");

    const refused = { target: "api", path: CREATE, kind: "status", status: 400, stored: true } as const;
    await world.sandbox.fault({ ...refused, type: "idempotency_error" });
    await world.sandbox.fault(refused);
    expect((await doors.http(call)).code).toBe("provider_refused");

    const keys = (await world.sandbox.calls())
      .filter(({ method }) => method === "POST")
      .map((one) => one.idempotencyKey);
    expect(keys).toHaveLength(3);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
    const [intent] = await world.all<{ id: string }>(
      "SELECT id FROM checkout_intents WHERE idempotency_key = ?",
      call.idempotencyKey,
    );
    expect((await intentRow(world, intent?.id ?? "")).status).toBe("failed");
  });
});
