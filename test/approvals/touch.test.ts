import { beforeAll, beforeEach, expect, test } from "vitest";
import type { SoftKey } from "../support/authenticator.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type Agent, ask, browserOf, openAgent, storedProofs, storiesAreWhole } from "./asking.ts";
import { givePasskey, touch } from "./touching.ts";

describeInWorld("a touch", { reset: true }, (world) => {
  let agent: Agent;
  let browser: Awaited<ReturnType<typeof browserOf>>;
  let key: SoftKey;
  beforeAll(async () => {
    agent = await openAgent(world);
    browser = await browserOf(world);
  });
  beforeEach(async () => {
    await world.all("DELETE FROM approvals");
    await world.all("DELETE FROM passkeys");
    key = await givePasskey(world);
  });
  let keys = 0;
  const newKey = () => `touch-${++keys}`;

  test("approves what waits, is the proof everywhere, and counts on", async () => {
    const idempotencyKey = newKey();
    const path = await ask(world, agent, idempotencyKey);
    const answer = await touch(browser, path, key);
    expect([answer.status, answer.words.includes("carried out just now")]).toEqual([200, true]);
    const told = await agent.standing(idempotencyKey);
    expect(told).toMatchObject({ status: "succeeded", confirmation: { proof: "passkey" } });
    expect(await storedProofs(world, told.operationId)).toEqual(["passkey"]);
    expect(await world.all("SELECT counter, last_used_at > 0 AS used FROM passkeys")).toEqual([
      { counter: 2, used: 1 },
    ]);
    await storiesAreWhole(world);
  });
});
