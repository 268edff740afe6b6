import { expect, test } from "vitest";
import { callSha256 } from "../../src/kernel/same-call.ts";
import { startCheckout } from "../../tools/start-checkout.ts";
import { startPlanCheckout } from "../../tools/start-plan-checkout.ts";
import { uploadProductAsset } from "../../tools/upload-product-asset.ts";

const AT = "2026-11-29T00:00:00.000Z";

test("a call has one hash in each spelling, and another for another thing asked", async () => {
  const pass = (more: Record<string, unknown>) => callSha256(startCheckout, { offerId: "o", ...more }, AT);
  const both = await pass({ orderBumpIds: ["a", "b"] });
  for (const more of [
    { orderBumpIds: ["b", "a"] },
    { orderBumpIds: ["b", "a", "b"] },
    { orderBumpIds: [" a", "b"], referralClickId: "r" },
  ]) {
    expect(await pass(more)).toBe(both);
  }
  const none = await pass({});
  for (const more of [{ orderBumpIds: [] }, { orderBumpIds: undefined }, { referralClickId: "r" }]) {
    expect(await pass(more)).toBe(none);
  }
  const plan = (more: Record<string, unknown>) => callSha256(startPlanCheckout, { planSlug: "p", ...more }, AT);
  expect(await plan({ includeSetup: false })).toBe(await plan({}));
  const file = (more: Record<string, unknown>) => callSha256(uploadProductAsset, { bodySha256: "s", ...more }, AT);
  expect(await file({ bodyBase64: "AA==" })).toBe(await file({}));
  const others = [
    both,
    none,
    await pass({ orderBumpIds: ["a"] }),
    await pass({ offerId: "x" }),
    await plan({}),
    await plan({ includeSetup: true }),
    await file({}),
    await file({ bodySha256: "t" }),
    await callSha256(startCheckout, { offerId: "o" }, "2026-11-29T00:00:00.001Z"),
  ];
  expect(new Set(others).size).toBe(others.length);
});
