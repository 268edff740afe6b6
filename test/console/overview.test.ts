import { expect, test } from "vitest";
import { ask, browserOf, openAgent } from "../approvals/asking.ts";
import { sale } from "../support/sale.ts";
import { createWorld, OWNER } from "../support/world.ts";

test("the owner's own approvals come first, however many wait for others, and more of those are said to be there", async () => {
  const world = await createWorld();
  await ask(world, await openAgent(world), "others");
  const owners = await openAgent(world, { person: OWNER });
  const path = await ask(world, owners, "own");
  const browser = await browserOf(world, OWNER);
  const few = await (await browser.get("/owner")).text();
  expect(few.indexOf(path)).toBeGreaterThan(0);
  expect(few.indexOf(path)).toBeLessThan(few.indexOf("buyer"));
  expect(few).not.toContain("More than");
  // Fifty people with one each, all of which end sooner than the owner's.
  const columns = (await world.all<{ name: string }>("SELECT name FROM pragma_table_info('approvals')")).map(
    ({ name }) => name,
  );
  const other: Record<string, string> = {
    id: "'approval-' || n",
    operation_id: "'operation-' || n",
    actor_id: "'person-' || n",
    expires_at: "expires_at - 1000",
  };
  await world.all(
    `WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 60)
     INSERT INTO approvals (${columns}) SELECT ${columns.map((name) => other[name] ?? name)} FROM approvals, many
     WHERE idempotency_key = 'others'`,
  );
  const many = await browser.get("/owner");
  const words = await many.text();
  expect([many.status, words.includes(`href="${path}"`)]).toEqual([200, true]);
  expect(words).toContain("More than 50 wait for other people");
});

test("open answers, open tasks and blocked orders are counted with the way to them, and an audit that differs is told", async () => {
  const world = await createWorld();
  const { checkoutIntentId } = await sale(world);
  const browser = await browserOf(world, OWNER);
  const overview = async () => (await browser.get("/owner")).text();
  const counted = async (of: string) => {
    const card = new RegExp(`<strong>([^<]*)</strong><a href="([^"]*)">${of}<`).exec(await overview());
    return card && [card[1], card[2]];
  };
  expect(await counted("tasks to do")).toEqual(["1", "/owner/tasks"]);
  expect(await counted("buyers who want to be talked to")).toEqual(["0", "/owner/answers"]);
  await world.all(
    "UPDATE checkout_intents SET status = 'blocked', blocked_reason = 'amount_mismatch' WHERE id = ?",
    checkoutIntentId,
  );
  expect(await counted("blocked orders")).toEqual(["1", "/owner/orders?filter=status%3Ablocked"]);
  await world.scheduled();
  expect(await overview()).not.toContain("The audit differs");
  await world.all("DROP TRIGGER audit_seals_no_delete");
  await world.all("DELETE FROM audit_seals");
  await world.scheduled();
  expect(await overview()).toContain("The audit differs from its seal");
});
