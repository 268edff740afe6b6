import { expect, test } from "vitest";
import { ask, browserOf, openAgent } from "../approvals/asking.ts";
import { unchanged } from "../support/database-state.ts";
import { sale } from "../support/sale.ts";
import { createWorld } from "../support/world.ts";

test("a form that is too long says so on every page of a person's, and not that it is out of date", async () => {
  const world = await createWorld();
  const { token } = await sale(world);
  const browser = await browserOf(world);
  const approval = await ask(world, await openAgent(world), "too-long");
  for (const path of [approval, "/pricing", "/account/billing", `/commerce/post-purchase/${token}`]) {
    const answer = await unchanged(world, () => browser.post(path, { confirmationText: "x".repeat(20_000) }));
    const words = await answer.text();
    expect([path, answer.status, words]).toEqual([path, 413, expect.stringContaining("That is too long")]);
    expect(words).not.toContain("out of date");
  }
});
