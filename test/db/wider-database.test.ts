import { expect, test } from "vitest";
import { startPlanCheckout } from "../../tools/start-plan-checkout.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { sharedDoors } from "../support/doors.ts";
import { everyUri, idsOfTemplates } from "../support/every-resource.ts";
import { evidence } from "../support/evidence.ts";
import { connect } from "../support/mcp.ts";
import { openPlan, planOf } from "../support/plans.ts";
import { sale } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

// The code of before meets such a database between the migration and the upload of a deployment, and after a rollback.
describeInWorld("today's code on the database of a later version", { story: true, wider: true }, (world) => {
  test("every table has the later column", async () => {
    const tables = await world.all<{ name: string; sql: string }>(
      `SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\'
       AND name <> 'd1_migrations'`,
    );
    expect(tables.length).toBeGreaterThan(50);
    expect(tables.filter(({ sql }) => !sql.includes("added_later"))).toEqual([]);
  });

  test("it sells, delivers, records, seals and reads, without a fault in the log", async () => {
    const token = await world.token(OWNER, "mcp", ["owner:read"]);
    await sale(world, { bump: true, referred: true });
    await evidence(world);
    const doors = await sharedDoors(world, startPlanCheckout, BUYER);
    const plan = await openPlan(world, doors.http, { setup: true });
    await world.sandbox.pay(plan.sessionId, "paid");
    for (const answer of await world.deliver()) expect(answer.status).toBe(200);
    expect(await planOf(world, plan)).toMatchObject({ status: "active", plan_slug: "grow" });
    await world.advance(3600);
    await world.scheduled();
    expect((await world.all("SELECT * FROM audit_seals")).length).toBeGreaterThan(0);

    const client = await connect({ send: world.send, url: `${ORIGIN}/mcp`, token });
    const answers = { read: 0, absent: 0 };
    for (const uri of everyUri(await idsOfTemplates(world))) {
      const { isError, content, structuredContent } = await client.callTool({
        name: "read_commerce",
        arguments: { uri },
      });
      const text = JSON.stringify(structuredContent ?? content);
      // One table of the list is published nowhere.
      if (isError) expect(text, uri).toContain("not_found");
      expect(text, uri).not.toContain("added_later");
      answers[isError ? "absent" : "read"] += 1;
    }
    expect(answers.absent).toBeLessThanOrEqual(1);
    expect(answers.read).toBeGreaterThan(30);
    for (const path of ["/", "/pricing", "/health", "/commerce/source-data", "/affiliates/source-data"]) {
      expect((await world.fetch(path)).status, path).toBe(200);
    }
    expect(world.log.filter(({ event }) => event === "internal")).toEqual([]);
  });
});
