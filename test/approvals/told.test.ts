import { beforeAll, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { hiddenFields } from "../support/oauth.ts";
import { OWNER } from "../support/world.ts";
import { type Agent, ask, browserOf, decide, openAgent, pathIn, storiesAreWhole, unconfirmed } from "./asking.ts";

describeInWorld("what is told of an approval", {}, (world) => {
  let agent: Agent;
  let owner: Agent;
  beforeAll(async () => {
    agent = await openAgent(world);
    owner = await openAgent(world, { person: OWNER, scopes: ["owner:read"] });
  });

  /** What the tool says of an operation, once the resource has said the same. */
  async function told(by: Agent, operationId: string) {
    const tool = await by.call("get_operation", { operationId });
    const read = await by.call("read_commerce", { uri: `commerce://operations/${operationId}` });
    expect(read.content ?? read).toEqual(tool);
    return tool;
  }

  const operationOf = async (path: string) => {
    const [row] = await world.all<{ id: string }>(
      "SELECT operation_id AS id FROM approvals WHERE id = ?",
      path.split("/").at(-1),
    );
    return row?.id ?? "";
  };

  test("tool and resource tell the same of what waits and of what never came to be; the link is its person's", async () => {
    const path = await ask(world, agent, "told-1");
    const id = await operationOf(path);
    const waiting = { operationId: id, status: "awaiting_approval", approvalUrl: expect.stringContaining(path) };
    expect(await told(agent, id)).toMatchObject(waiting);
    const seen = await told(owner, id);
    expect(seen).toMatchObject({ operationId: id, status: "awaiting_approval" });
    expect(JSON.stringify(seen)).not.toContain(path);
    await decide(await browserOf(world), path, "decline");
    for (const by of [agent, owner]) {
      expect(await told(by, id)).toMatchObject({ status: "failed", problem: { code: "ineligible_state" } });
    }
    const elses = await ask(world, owner, "told-2").catch(() => undefined);
    expect(elses).toBeUndefined();
  });

  test("who was asked and who said no stands in the audit, also of an operation that never came to be", async () => {
    const path = await ask(world, agent, "told-3");
    const id = await operationOf(path);
    await decide(await browserOf(world), path, "decline");
    const rows = await world.all("SELECT * FROM payment_audit_events WHERE operation_id = ? ORDER BY sequence", id);
    const [buyer] = await world.all<{ id: string }>("SELECT actor_id AS id FROM approvals WHERE operation_id = ?", id);
    const shared = { actor_id: buyer?.id, client_id: agent.token.clientId, operation_id: id };
    expect(rows).toMatchObject([
      { ...shared, event_kind: "approval_asked", actor_kind: "oauth_client", subject_status: "pending", proof: null },
      {
        ...shared,
        event_kind: "approval_declined",
        actor_kind: "account_session",
        subject_status: "declined",
        proof: "approval_page",
      },
    ]);
    await storiesAreWhole(world);
    const read = await owner.call("read_commerce", { uri: `commerce://audit/${id}` });
    const { events } = read.content as { events: { eventKind: string }[] };
    expect(events.map(({ eventKind }) => eventKind)).toEqual(["approval_asked", "approval_declined"]);
    const page = await (await (await browserOf(world, OWNER)).get(`/owner/operations/${id}`)).text();
    for (const words of ["The person said no", "A person was asked", "Test client"]) expect(page).toContain(words);
  });

  test("what no yes could carry out any more is not shown as waiting", async () => {
    await ask(world, agent, "told-4");
    const browser = await browserOf(world, OWNER);
    const waits = async () => (await (await browser.get("/owner")).text()).includes("No approval is pending.");
    expect(await waits()).toBe(false);
    await world.all("UPDATE commerce_prices SET updated_at = updated_at + 60000 WHERE id LIKE '%launch-pass%'");
    expect(await waits()).toBe(true);
    expect((await agent.call("start_checkout", await unconfirmed(world, "told-5"))).code).toBe("approval_required");
    expect(await waits()).toBe(false);
  });

  test("no crash point of an asking, a no or an ending leaves a step without its row, or two", async () => {
    await world.all("DELETE FROM approvals");
    const browser = await browserOf(world);
    let struck = 0;
    const strike = async (at: number, fault: "before" | "after", step: () => Promise<unknown>) => {
      world.quiet = true;
      world.database.lose({ [at]: fault });
      await step().catch(() => undefined);
      world.database.reset();
      world.quiet = false;
      struck++;
    };
    for (const fault of ["before", "after"] as const) {
      // Reading and asking; then the page's own reading and the no, whose last trip is the commit.
      for (const at of [1, 2]) {
        const key = `told-crash-${fault}-${at}`;
        const args = await unconfirmed(world, key);
        await strike(at, fault, () => agent.call("start_checkout", args));
        const path = pathIn(await agent.call("start_checkout", args));
        const page = await browser.get(path);
        const again = page.clone();
        world.database.reset();
        await strike(at === 1 ? 5 : 4, fault, () => browser.submit(page, path, { decision: "decline" }));
        const ended = await browser.submit(again, path, { decision: "decline" });
        expect([200, 409]).toContain(ended.status);
        expect(await ended.text()).toContain("You declined this");
        await storiesAreWhole(world);
      }
      const passing = await openAgent(world, { clientName: "Crashing client" });
      await ask(world, passing, `told-crash-${fault}-end`);
      const account = await browser.get("/account");
      const [grant] = await world.all<{ id: string }>(
        "SELECT id FROM oauth_grants WHERE client_id = ?",
        passing.token.clientId,
      );
      const end = { ...hiddenFields(await account.text(), "/account/clients/revoke"), grantId: grant?.id ?? "" };
      for (const at of [3, 2]) await strike(at, fault, () => browser.post("/account/clients/revoke", end));
      await browser.post("/account/clients/revoke", end);
      const [kept] = await world.all("SELECT status FROM approvals WHERE grant_id = ?", grant?.id);
      expect(kept).toEqual({ status: "withdrawn" });
      await storiesAreWhole(world);
    }
    expect(struck).toBe(12);
  });
});
