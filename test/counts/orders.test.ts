import { beforeAll, expect, test } from "vitest";
import { orderNumberOf } from "../../src/base/order-number.ts";
import { TIMELINE_SIZE } from "../../src/db/order-timeline.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { evidence } from "../support/evidence.ts";
import { type Browser, openBrowser, signIn } from "../support/oauth.ts";
import { payer } from "../support/payers.ts";
import { openPlan, planDoors } from "../support/plans.ts";
import { sale } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";
import { multiplyPurchases } from "./many-purchases.ts";

const PAYER = "payer@elsewhere.example";
const FEW = 1_000;
const MANY = 100_000;

/** A page of 25 orders with their lines and people; an order with all that hangs on it. */
const MOST_OF_A_LIST = 350;
const MOST_OF_AN_ORDER = 350;

describeInWorld("what the owner's orders cost", {}, (world) => {
  let owner: Browser;
  let pass: string;
  let plan: string;

  beforeAll(async () => {
    owner = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
    const bought = await openPlan(world, (await planDoors(world)).http);
    plan = bought.checkoutIntentId;
    await world.sandbox.pay(bought.sessionId, "paid");
    await world.deliver();
    await evidence(world);
    pass = (await sale(world, { bump: true, referred: true })).checkoutIntentId;
    for (const id of [pass, plan]) await payer(world, id, PAYER);
  });

  /** The rows that each page reads. Copies have one time, one amount, one payer and one app: the worst that can be. */
  async function measured(): Promise<Record<string, number>> {
    const rows: Record<string, number> = {};
    const measure = async (name: string, address: string): Promise<string> => {
      world.database.reset();
      const answer = await owner.get(address);
      expect([address, answer.status]).toEqual([address, answer.headers.has("Location") ? 303 : 200]);
      rows[name] = world.database.rowsRead();
      return answer.text();
    };
    const olderOf = (html: string) => /<a href="([^"]+)">Older</.exec(html)?.[1]?.replaceAll("&amp;", "&");
    const list = async (name: string, asked: Record<string, string>) => {
      let html = await measure(name, `/owner/orders?${new URLSearchParams(asked)}`);
      for (const depth of [2, 3, 4]) {
        const older = olderOf(html);
        if (older) html = await measure(`${name}, page ${depth}`, older);
      }
    };
    const [order] = await world.all<{ client: string; operation: string; at: number }>(
      "SELECT agent_client_id AS client, operation_id AS operation, created_at AS at FROM checkout_intents WHERE id = ?",
      pass,
    );
    const day = new Date(order?.at ?? 0).toISOString().slice(0, 10);
    await list("all", {});
    await list("of a day", { from: day, to: day });
    for (const filter of [
      "status:paid",
      "mode:sandbox",
      "offer:sandbox-launch-pass",
      "plan:grow",
      `client:${order?.client}`,
    ]) {
      const [name = ""] = filter.split(":");
      await list(name, { filter });
      await list(`${name} of a day`, { filter, from: day, to: day });
      await list(`${name} of no day`, { filter, from: "2020-01-01", to: "2020-01-02" });
    }
    await list("no order has the status", { filter: "status:disputed" });
    await list("by number", { q: orderNumberOf(pass) });
    await list("by id", { q: pass });
    await list("by operation", { q: order?.operation ?? "" });
    await list("by payer", { q: PAYER });
    await list("by account", { q: BUYER.email });
    await list("by an unknown address", { q: "person@nowhere.example" });
    await list("by amount", { q: "28" });
    await list("by an amount that no order has", { q: "77.77" });
    const copies = await world.all<{ id: string }>(
      "SELECT id FROM checkout_intents WHERE substr(id, 1, length(?1)) = ?1 AND id <> ?1 LIMIT 1",
      pass,
    );
    for (const [name, id] of [
      ["pass", pass],
      ["plan", plan],
      ["copy", copies[0]?.id ?? ""],
    ]) {
      const older = olderOf(await measure(`the order of a ${name}`, `/owner/orders/${id}`));
      if (older) await measure(`the order of a ${name}, older`, older);
    }
    return rows;
  }

  /** All of them are the orders of one account, too. */
  async function multiply(total: number): Promise<void> {
    await multiplyPurchases(world, total);
    await world.all("UPDATE checkout_intents SET actor_id = (SELECT id FROM user WHERE email = ?)", BUYER.email);
  }

  test("no list, filter, search or order reads more rows when there are more orders", async () => {
    await multiply(FEW);
    await world.scheduled();
    // An order with a long history: its page reads a page of it.
    await world.all(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${TIMELINE_SIZE * 3})
        INSERT INTO payment_audit_events (id, checkout_intent_id, event_kind, actor_kind, summary, created_at, owner_user_id, audit_correlation_id, subject_id)
        SELECT 'audit-event-many-' || i, checkout_intent_id, 'product_file_downloaded', 'account_session', 'A file was downloaded.', created_at, owner_user_id, 'audit', subject_id
        FROM n, (SELECT * FROM payment_audit_events WHERE checkout_intent_id = ? AND row_sha256 IS NULL LIMIT 1)`,
      pass,
    );
    const before = await measured();
    await multiply(MANY);
    const unplanned = await measured();
    await world.scheduled();
    const after = await measured();
    const [counted] = await world.all<{ orders: number }>("SELECT count(*) AS orders FROM checkout_intents");
    const lines = Object.entries(before).map(([name, rows]) =>
      [rows, unplanned[name], after[name]]
        .map((one) => String(one).padStart(6))
        .join("")
        .concat(`  ${name}`),
    );
    console.log([`rows read at ${FEW} and at ${counted?.orders} orders`, ...lines].join("\n"));
    expect(counted?.orders).toBeGreaterThan(MANY);
    expect(Object.keys(after)).toEqual(Object.keys(before));
    for (const [name, rows] of Object.entries(after)) {
      // With the planner's statistics or without them; with them, a page of an order is a little cheaper.
      expect([name, unplanned[name]]).toEqual([name, before[name]]);
      expect(rows, name).toBeLessThanOrEqual(before[name] ?? 0);
      expect(rows, name).toBeLessThanOrEqual(name.startsWith("the order") ? MOST_OF_AN_ORDER : MOST_OF_A_LIST);
    }
  }, 3_600_000);
});
