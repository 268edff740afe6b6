import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { orderNumberOf } from "../../src/base/order-number.ts";
import { auditVerdict } from "../support/audit-verdict.ts";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type Browser, openBrowser, signIn } from "../support/oauth.ts";
import { type Sale, sale } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

const PAGE = "/owner/tasks";
const CHANGED = "This has changed since you looked.";

/** What one order alone can have. */
const STRIPE = { stripe_checkout_session_id: null, stripe_payment_intent_id: null };

/** The fields of each button of a page, in their order. */
const buttons = (html: string) =>
  Array.from(html.matchAll(/<form method="post" action="\/owner\/tasks".*?<\/form>/gs), ([form]) =>
    Object.fromEntries(
      Array.from(form.matchAll(/name="([^"]+)" value="([^"]*)"/g), ([, name, value]) => [name, value]),
    ),
  );

describeInWorld("the owner's tasks", {}, (world) => {
  let owner: Browser;
  let order: Sale;
  beforeAll(async () => {
    owner = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
  });
  beforeEach(async () => {
    await world.all("UPDATE product_fulfillment_tasks SET status = 'paused'");
    order = await sale(world);
  });

  const html = async (address = PAGE) => {
    const answer = await owner.get(address);
    expect([address, answer.status]).toEqual([address, 200]);
    const text = await answer.text();
    return text.slice(text.indexOf("<body"));
  };
  const taskId = async () =>
    (
      await world.all<{ id: string }>(
        "SELECT id FROM product_fulfillment_tasks WHERE checkout_intent_id = ?",
        order.checkoutIntentId,
      )
    )[0]?.id ?? "";
  const state = async () => {
    const [row] = await world.all<{ task: string; access: string }>(
      `SELECT t.status AS task, e.status AS access FROM product_fulfillment_tasks AS t
        JOIN product_entitlements AS e ON e.id = t.entitlement_id WHERE t.id = ?`,
      await taskId(),
    );
    return `${row?.task}, access ${row?.access}`;
  };
  const audit = async () =>
    (
      await world.all<Record<string, string | null>>(
        "SELECT * FROM payment_audit_events WHERE subject_id = ? AND event_kind LIKE 'fulfillment_task_%' ORDER BY sequence",
        await taskId(),
      )
    ).map(({ event_kind, subject_status }) => `${event_kind} ${subject_status}`);
  /** The button of this order's task on a list, as the page shows it now. */
  const button = async (list = "") => {
    const id = await taskId();
    const found = buttons(await html(`${PAGE}${list}`)).find((fields) => fields.id === id);
    expect(found).toBeDefined();
    return found as Record<string, string>;
  };
  const refund = async () => {
    const session = (await world.sandbox.sessions()).at(-1);
    await world.sandbox.refund({ paymentIntent: String(session?.payment_intent) });
    await world.deliver();
  };

  test("stands in the list with its product, its buyer and its order, is done by a click, and taken back by another", async () => {
    const shown = await html();
    expect(shown).toContain(
      `<a href="/owner/orders/${order.checkoutIntentId}">${orderNumberOf(order.checkoutIntentId)}</a>`,
    );
    expect(shown).toContain(BUYER.email);
    const [product] = await world.all<{ name: string }>(
      `SELECT p.name FROM product_entitlements AS e JOIN commerce_products AS p ON p.id = e.source_commerce_product_id
        WHERE e.checkout_intent_id = ?`,
      order.checkoutIntentId,
    );
    expect(shown).toContain(`<bdi>${product?.name}</bdi>`);
    const done = await owner.post(PAGE, await button());
    expect(done.headers.get("Location")).toBe(`${ORIGIN}${PAGE}?changed=${await taskId()}`);
    expect(await state()).toBe("done, access active");
    // The answer of the click has the click that takes it back, and the list of what is done has it too.
    const after = await html(`${PAGE}?changed=${await taskId()}`);
    expect(after).toContain("Take back");
    expect(buttons(after).map(({ id }) => id)).toEqual([await taskId()]);
    const back = await button("?list=done");
    expect((await owner.post(PAGE, back)).status).toBe(303);
    expect(await state()).toBe("queued, access active");
    expect(await audit()).toEqual(["fulfillment_task_done done", "fulfillment_task_reopened queued"]);
    const [row] = await world.all<Record<string, unknown>>(
      "SELECT * FROM payment_audit_events WHERE event_kind = 'fulfillment_task_done' AND subject_id = ?",
      await taskId(),
    );
    expect(row).toMatchObject({
      actor_kind: "owner_session",
      actor_id: "user-bumpgrade-owner",
      checkout_intent_id: order.checkoutIntentId,
      client_id: null,
    });
    expect((await auditVerdict(world, undefined)).faults).toEqual([]);
  });

  test("the buyer is told where it stands: being prepared, done on a day, or ended with the access", async () => {
    const buyer = openBrowser(world.send, ORIGIN);
    await signIn(buyer, BUYER);
    const told = async () => (await buyer.get(`/account/orders/${order.checkoutIntentId}`)).text();
    expect(await told()).toContain("We are preparing it.");
    await owner.post(PAGE, await button());
    expect(await told()).toMatch(/Done on <time datetime="[^"]+">[^<]+<\/time>\./);
    await owner.post(PAGE, await button("?list=done"));
    expect(await told()).toContain("We are preparing it.");
    await refund();
    const ended = await told();
    expect(ended).not.toContain("We are preparing it.");
    expect(ended).toContain("It ended when the payment was refunded.");
  });

  test("a double click, and the clicks of two browsers at once, are one change", async () => {
    const second = openBrowser(world.send, ORIGIN);
    await signIn(second, OWNER);
    const id = await taskId();
    const of = (page: string) => buttons(page).find((fields) => fields.id === id) ?? {};
    const [mine, theirs] = [of(await html()), of(await (await second.get(PAGE)).text())];
    const answers = await Promise.all([owner.post(PAGE, mine), second.post(PAGE, theirs), owner.post(PAGE, mine)]);
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
    expect(await audit()).toEqual(["fulfillment_task_done done"]);
    const back = await button("?list=done");
    const undone = await Promise.all([owner.post(PAGE, back), owner.post(PAGE, back)]);
    expect(undone.map(({ status }) => status)).toEqual([303, 303]);
    expect(await audit()).toEqual(["fulfillment_task_done done", "fulfillment_task_reopened queued"]);
  });

  test("a form that is out of date says so, and changes nothing", async () => {
    const old = await button();
    await owner.post(PAGE, old);
    await owner.post(PAGE, await button("?list=done"));
    await unchanged(world, async () => {
      const late = await owner.post(PAGE, old);
      expect([late.status, (await late.text()).includes(CHANGED)]).toEqual([412, true]);
    });
  });

  test("a refund between the page and the click pauses the task, and the click is refused", async () => {
    const shown = await button();
    await refund();
    expect(await state()).toBe("paused, access inactive");
    const late = await owner.post(PAGE, shown);
    expect([late.status, (await late.text()).includes(CHANGED)]).toEqual([412, true]);
    expect(await state()).toBe("paused, access inactive");
    const paused = await html(`${PAGE}?list=paused`);
    expect(paused).toContain("paused: the order was refunded");
    expect(buttons(paused)).toEqual([]);
    expect(await html()).not.toContain(orderNumberOf(order.checkoutIntentId));
    // A form that was made for the paused task itself.
    const [row] = await world.all<{ at: number }>(
      "SELECT updated_at AS at FROM product_fulfillment_tasks WHERE id = ?",
      await taskId(),
    );
    const forged = await owner.post(PAGE, { ...shown, expectedUpdatedAt: new Date(row?.at ?? 0).toISOString() });
    expect([forged.status, (await forged.text()).includes("its access has ended")]).toEqual([409, true]);
  });

  test("what is done stays done after a refund; taken back then, it is paused", async () => {
    await owner.post(PAGE, await button());
    await refund();
    expect(await state()).toBe("done, access inactive");
    expect((await owner.post(PAGE, await button("?list=done"))).status).toBe(303);
    expect(await state()).toBe("paused, access inactive");
    expect(await audit()).toEqual(["fulfillment_task_done done", "fulfillment_task_reopened paused"]);
  });

  test("a lost refund gives the access back, and the paused task is to do again", async () => {
    const session = (await world.sandbox.sessions()).at(-1);
    const back = await world.sandbox.refund({ paymentIntent: String(session?.payment_intent) });
    await world.deliver();
    expect(await state()).toBe("paused, access inactive");
    await world.sandbox.settleRefund(back.id, "failed");
    await world.deliver();
    expect(await state()).toBe("queued, access active");
    expect((await owner.post(PAGE, await button())).status).toBe(303);
  });

  describe("is changed by the owner alone", () => {
    test("an unknown task, a wrong wish, a form without its token, and other people are refused", async () => {
      const fields = await button();
      const buyer = openBrowser(world.send, ORIGIN);
      await signIn(buyer, BUYER);
      const token = await world.token(OWNER, "api", ["owner:read", "owner:write"]);
      await unchanged(world, async () => {
        expect((await owner.post(PAGE, { ...fields, id: "fulfillment-absent" })).status).toBe(404);
        expect((await owner.post(PAGE, { ...fields, to: "paused" })).status).toBe(400);
        const { formToken: _, ...tokenless } = fields;
        expect((await owner.post(PAGE, tokenless)).status).toBe(403);
        expect((await owner.post(PAGE, fields, { "Sec-Fetch-Site": "cross-site" })).status).toBe(403);
        expect((await buyer.get(PAGE)).status).toBe(404);
        expect((await buyer.post(PAGE, fields)).status).toBe(404);
        const headers = { Authorization: `Bearer ${token}` };
        const byToken = await world.fetch(PAGE, { method: "POST", headers, body: new URLSearchParams(fields) });
        expect(byToken.headers.get("Location")).toContain("/sign-in");
      });
    });

    test("a task of another business is not found", async () => {
      const fields = await button();
      const id = `${await taskId()}-of-another`;
      await copyToOtherBusiness(id);
      await unchanged(world, async () => {
        expect((await owner.post(PAGE, { ...fields, id })).status).toBe(404);
        expect(await html()).not.toContain(id);
      });
    });
  });

  /** The rows behind this order's task once more, as those of another business. */
  async function copyToOtherBusiness(id: string) {
    const other = "user-buyer-of-another";
    await world.all(
      `INSERT INTO user (${await columns("user")}) SELECT ${await columns("user", { id: other, email: "other@shop.example" })} FROM user LIMIT 1`,
    );
    for (const [table, where, change] of [
      ["commerce_products", "", {}],
      ["commerce_prices", "", {}],
      ["access_products", "", {}],
      ["checkout_intents", `AND id = '${order.checkoutIntentId}'`, STRIPE],
      ["product_entitlements", `AND checkout_intent_id = '${order.checkoutIntentId}'`, {}],
      ["product_fulfillment_tasks", `AND checkout_intent_id = '${order.checkoutIntentId}'`, { id }],
    ] as const) {
      await world.all(
        `INSERT INTO ${table} (${await columns(table)}) SELECT ${await columns(table, { owner_user_id: other, ...change })} FROM ${table}
          WHERE owner_user_id = 'user-bumpgrade-owner' ${where}`,
      );
    }
  }

  async function columns(table: string, set: Readonly<Record<string, string | null>> = {}) {
    const names = await world.all<{ name: string }>(`SELECT name FROM pragma_table_info('${table}')`);
    return names.map(({ name }) => (!(name in set) ? name : set[name] === null ? "NULL" : `'${set[name]}'`)).join(", ");
  }
});
