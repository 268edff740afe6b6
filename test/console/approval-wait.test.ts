import { beforeAll, expect, test } from "vitest";
import { type Agent, type Answer, ask, browserOf, openAgent, unconfirmed } from "../approvals/asking.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { hiddenFields } from "../support/oauth.ts";
import { BUYER, OWNER } from "../support/world.ts";

const PAGE = "/owner/approval-wait";

describeInWorld("how long a question waits", {}, (world) => {
  let agent: Agent;
  let owner: Awaited<ReturnType<typeof browserOf>>;
  let buyer: Awaited<ReturnType<typeof browserOf>>;
  beforeAll(async () => {
    agent = await openAgent(world);
    owner = await browserOf(world, OWNER);
    buyer = await browserOf(world, BUYER);
  });
  const form = async () => hiddenFields(await (await owner.get(PAGE)).text(), PAGE) as Record<string, string>;
  const save = async (waitMinutes: string, fields?: Record<string, string>) =>
    owner.post(PAGE, { ...(fields ?? (await form())), waitMinutes });
  const stored = async () =>
    (await world.all<{ wait: number }>("SELECT wait_minutes AS wait FROM approval_settings"))[0];
  const endOf = async (path: string) => {
    const id = path.split("/").at(-1);
    const [row] = await world.all<{ ms: number }>(
      "SELECT expires_at - created_at AS ms FROM approvals WHERE id = ?",
      id,
    );
    return Number(row?.ms) / 60_000;
  };

  test("the owner sets it; what waits keeps its end, what comes next waits as long, and the audit has it", async () => {
    const before = await ask(world, agent, "wait-1");
    expect(await (await owner.get(PAGE)).text()).toContain("<strong>10 minutes</strong>");
    expect((await save("1440")).headers.get("Location")).toContain(`${PAGE}?done=saved`);
    const after = await ask(world, agent, "wait-2");
    expect([await endOf(before), await endOf(after)]).toEqual([10, 1440]);
    await world.advance(60);
    expect(await (await buyer.get(after)).text()).toMatch(
      /You have 23 hours, until <time[^>]*>[A-Z][a-z]{2} \d+, 20\d\d, /,
    );
    // Saved twice is changed once.
    expect((await save("1440")).status).toBe(303);
    const audit = await world.all(
      "SELECT summary, actor_kind, proof FROM payment_audit_events WHERE event_kind = 'approval_wait_changed'",
    );
    expect(audit).toEqual([
      {
        summary: "The owner changed how long a question waits from 10 to 1440 minutes.",
        actor_kind: "owner_session",
        proof: "approval_page",
      },
    ]);
  });

  test("a stale form is refused, and a bad value names its field and the rule, and stays in the form", async () => {
    const old = await form();
    await save("720");
    const refused = await save("10", old);
    expect([refused.status, await refused.text()]).toEqual([412, expect.stringContaining("changed since you looked")]);
    for (const bad of ["9", "1441", "", "-60", "1e3", "12.5", "0x20", "ten", "99999999999"]) {
      const answer = await save(bad);
      const text = await answer.text();
      expect([bad, answer.status]).toEqual([bad, 400]);
      expect(text).toContain("waitMinutes: must be a whole number of minutes from 10 to 1440");
      if (bad !== "") expect(text).toContain(`value="${bad}"`);
    }
    expect(await stored()).toEqual({ wait: 720 });
    expect((await (await browserOf(world, BUYER)).get(PAGE)).status).toBe(404);
  });

  test("with a day's wait: three wait for a client, a caller is told to come back within minutes, and a run ends them in time", async () => {
    await world.all("DELETE FROM approvals");
    await save("1440");
    const paths = [];
    for (const key of ["day-1", "day-2", "day-3"]) paths.push(await ask(world, agent, key));
    const args = await unconfirmed(world, "day-4");
    const refused: Answer = await agent.call("start_checkout", args);
    expect(refused.code).toBe("rate_limited");
    // A person may decide at any moment, so a caller that obeys does not stay away for a day.
    expect(refused.retryAfterSeconds).toBe(900);
    const states = async () =>
      (await world.all<{ status: string }>("SELECT status FROM approvals")).map((row) => row.status);
    await world.advance(23 * 3600);
    await world.scheduled();
    expect(await states()).toEqual(["pending", "pending", "pending"]);
    expect(await agent.standing("day-1")).toMatchObject({ status: "awaiting_approval" });
    await world.advance(3601);
    await world.scheduled();
    expect(await states()).toEqual(["expired", "expired", "expired"]);
    expect((await agent.call("start_checkout", args)).code).toBe("approval_required");
  });
});
