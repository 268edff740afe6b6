import { beforeAll, expect, test } from "vitest";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type Agent, ask, browserOf, openAgent } from "./asking.ts";

describeInWorld("an approval that runs out", {}, (world) => {
  let agent: Agent;
  beforeAll(async () => {
    agent = await openAgent(world);
  });

  const approvalOf = async (path: string) =>
    (await world.all("SELECT * FROM approvals WHERE id = ?", path.split("/").at(-1)))[0];

  /** What agent and person are told. */
  async function told(path: string, key: string, browser: Awaited<ReturnType<typeof browserOf>>) {
    const page = await browser.get(path);
    return {
      tool: await agent.standing(key),
      status: page.status,
      page: /<main[\s\S]*<\/main>/.exec(await page.text())?.[0],
    };
  }

  test("the schedule ends an approval without a decision in time: its arguments go, one audit entry is written, and the answers stay the same", async () => {
    const browser = await browserOf(world);
    const path = await ask(world, agent, "run-out-1");
    const young = await ask(world, agent, "run-out-2");
    await world.all("UPDATE approvals SET expires_at = expires_at + 3600000 WHERE id = ?", young.split("/").at(-1));
    await world.advance(601);
    const before = await told(path, "run-out-1", browser);
    expect(before.tool).toMatchObject({ status: "failed", problem: { code: "approval_required" } });
    expect(before.page).toContain("This has run out");
    expect(await approvalOf(path)).toMatchObject({ status: "pending", arguments_sealed: expect.any(String) });

    await Promise.all([world.scheduled(), world.scheduled()]);
    expect(await approvalOf(path)).toMatchObject({
      status: "expired",
      arguments_sealed: null,
      decided_at: expect.any(Number),
    });
    expect(await told(path, "run-out-1", browser)).toEqual(before);
    const audit = await world.all(
      "SELECT event_kind, actor_kind, subject_status FROM payment_audit_events WHERE subject_id = ? ORDER BY sequence",
      path.split("/").at(-1),
    );
    expect(audit).toEqual([
      { event_kind: "approval_asked", actor_kind: "oauth_client", subject_status: "pending" },
      { event_kind: "approval_withdrawn", actor_kind: "scheduled_run", subject_status: "expired" },
    ]);
    expect(await approvalOf(young)).toMatchObject({ status: "pending", arguments_sealed: expect.any(String) });
    await unchanged(world, () => world.scheduled(), ["scheduled_runs", "heal_cursors", "audit_seals"]);

    // It can be asked again, and the new one is another.
    expect(await ask(world, agent, "run-out-1")).not.toBe(path);
  });
});
