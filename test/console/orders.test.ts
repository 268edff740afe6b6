import { beforeAll, describe, expect, test } from "vitest";
import { orderNumberOf } from "../../src/base/order-number.ts";
import { CHECKOUT_STATUSES } from "../../src/db/schema/vocabulary.ts";
import { TEXTS } from "../fuzz/hostile-values.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type Browser, openBrowser, signIn } from "../support/oauth.ts";
import { payer } from "../support/payers.ts";
import { openPlan, planDoors } from "../support/plans.ts";
import { sale } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER, type World } from "../support/world.ts";

const DAY = 86_400_000;
const PAYER = "payer@elsewhere.example";

/** The numbers of the orders that a page lists, in their order. */
const numbersIn = (html: string) =>
  Array.from(html.matchAll(/<a href="\/owner\/orders\/[^"]+">([0-9A-Z]{4}-[0-9A-Z]{4})<\/a>/g), ([, number]) => number);

/** A page without its style sheet. */
const bodyOf = (html: string) => html.slice(html.indexOf("<body"));

const query = (asked: Record<string, string>) => `/owner/orders?${new URLSearchParams(asked)}`;

/** Copies an order's row and its lines under ids of their own, with other columns. */
async function copied(world: World, id: string, columns: Record<string, unknown>, count = 1): Promise<string[]> {
  const ids: string[] = [];
  for (let at = 0; at < count; at++) {
    const copy = `checkout-intent-${crypto.randomUUID()}`;
    const own = { id: copy, operation_id: `operation-${crypto.randomUUID()}`, idempotency_key: copy, ...columns };
    const nulls = ["stripe_checkout_session_id", "stripe_payment_intent_id"];
    const { results } = await world.db
      .prepare("SELECT name FROM pragma_table_info('checkout_intents')")
      .all<{ name: string }>();
    const names = results.map(({ name }) => name);
    const values = names.map((name) => (name in own ? "?" : nulls.includes(name) ? "NULL" : name));
    await world.all(
      `INSERT INTO checkout_intents (${names.join(", ")}) SELECT ${values.join(", ")} FROM checkout_intents WHERE id = ?`,
      ...names.filter((name) => name in own).map((name) => own[name as keyof typeof own]),
      id,
    );
    await world.all(
      `INSERT INTO checkout_intent_lines SELECT owner_user_id, ?, position, role, offer_id, product_id, price_id, name, unit_amount_cents
        FROM checkout_intent_lines WHERE checkout_intent_id = ?`,
      copy,
      id,
    );
    ids.push(copy);
  }
  return ids;
}

describeInWorld("the owner's orders", {}, (world) => {
  let owner: Browser;
  let pass: string;
  let plan: string;
  /** One order in each status, a day apart. */
  const byStatus = new Map<string, string>();
  const page = async (address: string) => {
    const answer = await owner.get(address);
    expect([address, answer.status]).toEqual([address, 200]);
    return bodyOf(await answer.text());
  };
  const listed = async (asked: Record<string, string>) => numbersIn(await page(query(asked)));
  /** The orders of a list's every page. */
  const swept = async (asked: Record<string, string>) => {
    const found: (string | undefined)[] = [];
    for (let address: string | undefined = query(asked); address; ) {
      const html: string = await page(address);
      found.push(...numbersIn(html));
      address = /<a href="([^"]+)">Older</.exec(html)?.[1]?.replaceAll("&amp;", "&");
    }
    return found;
  };

  beforeAll(async () => {
    owner = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
    pass = (await sale(world, { bump: true })).checkoutIntentId;
    const doors = await planDoors(world);
    plan = (await openPlan(world, doors.http)).checkoutIntentId;
    const now = world.clock.now();
    for (const [at, status] of CHECKOUT_STATUSES.entries()) {
      const [id = ""] = await copied(world, pass, {
        status,
        created_at: now - (at + 2) * DAY,
        blocked_reason: status === "blocked" ? "amount_mismatch" : null,
        amount_cents: 5_000 + at,
        paid_cents: status === "blocked" ? 7_000 : null,
        paid_at: null,
      });
      byStatus.set(status, id);
    }
    await payer(world, pass, PAYER);
  });

  const day = (instant: number) => new Date(instant).toISOString().slice(0, 10);
  const number = (status: string) => orderNumberOf(byStatus.get(status) ?? "");

  test("all stand in one list, the newest first, each as a person reads it", async () => {
    const html = await page("/owner/orders");
    expect(numbersIn(html)).toEqual([plan, pass, ...byStatus.values()].map(orderNumberOf));
    for (const words of [
      "Bumpgrade launch pass, Launch checklist",
      BUYER.email,
      "being prepared",
      "ran out without payment",
      "canceled before payment",
    ]) {
      expect(html).toContain(words);
    }
    // Both amounts, and what to do, where an order is blocked.
    expect(html).toContain("refund the payment in full at Stripe");
    expect(html).toContain("$70.00");
    expect(html).not.toContain("Stripe mode</th>");
  });

  describe("one filter", () => {
    test.each(CHECKOUT_STATUSES)("%s, and the same within days and outside of them", async (status) => {
      const wanted = number(status);
      const [row] = await world.all<{ at: number }>(
        "SELECT created_at AS at FROM checkout_intents WHERE id = ?",
        byStatus.get(status),
      );
      const at = row?.at ?? 0;
      const filter = `status:${status}`;
      expect(await listed({ filter })).toContain(wanted);
      const all = await listed({ filter });
      expect(all.length).toBe((await world.all("SELECT id FROM checkout_intents WHERE status = ?", status)).length);
      expect(await listed({ filter, from: day(at), to: day(at) })).toEqual([wanted]);
      expect(await listed({ filter, from: day(at + DAY), to: "" })).not.toContain(wanted);
      expect(await listed({ filter, from: "", to: day(at - DAY) })).not.toContain(wanted);
    });

    test("mode, offer, plan and agent, with days", async () => {
      const [{ client = "" } = {}] = await world.all<{ client: string }>(
        "SELECT agent_client_id AS client FROM checkout_intents WHERE id = ?",
        pass,
      );
      const passes = [pass, ...byStatus.values()].map(orderNumberOf);
      expect(await listed({ filter: "mode:sandbox" })).toHaveLength(passes.length + 1);
      expect(await listed({ filter: "mode:live" })).toEqual([]);
      expect(await listed({ filter: "offer:sandbox-launch-pass" })).toEqual(passes);
      expect(await listed({ filter: "plan:grow" })).toEqual([orderNumberOf(plan)]);
      expect(await listed({ filter: `client:${client}` })).toEqual(passes);
      const yesterday = day(world.clock.now() - DAY);
      for (const filter of ["mode:sandbox", "offer:sandbox-launch-pass", `client:${client}`]) {
        expect(await listed({ filter, from: yesterday, to: "" })).not.toContain(number("created"));
        expect(await listed({ filter, from: yesterday, to: "" })).toContain(orderNumberOf(pass));
        expect(await listed({ filter, from: "", to: yesterday })).toEqual([...byStatus.values()].map(orderNumberOf));
      }
      expect(await listed({ filter: "plan:grow", from: "", to: yesterday })).toEqual([]);
    });

    test("days are those of the business's time zone", async () => {
      const at = Date.parse("2026-03-01T23:30:00.000Z");
      const [late = ""] = await copied(world, pass, { created_at: at });
      expect(await listed({ from: "2026-03-01", to: "2026-03-01" })).toEqual([orderNumberOf(late)]);
      await world.all("UPDATE businesses SET time_zone = 'Asia/Tokyo'");
      expect(await listed({ from: "2026-03-01", to: "2026-03-01" })).toEqual([]);
      expect(await listed({ from: "2026-03-02", to: "2026-03-02" })).toEqual([orderNumberOf(late)]);
      await world.all("UPDATE businesses SET time_zone = 'UTC'");
      await world.all("UPDATE checkout_intents SET created_at = 0 WHERE id = ?", late);
    });

    test.each([
      [{ filter: "status:lost" }, "Show: this is no filter"],
      [{ filter: "color:red" }, "Show: this is no filter"],
      [{ filter: "offer:' OR 1=1 --" }, "Show: this is no filter"],
      [{ filter: "client:unknown" }, "Show: this is no filter"],
      [{ from: "2026-02-30" }, "From: this is no day"],
      [{ to: "tomorrow" }, "To: this is no day"],
      [{ from: "2026-03-02", to: "2026-03-01" }, "To: this day is before the first one"],
    ])("a wrong value %j shows the list with a fault that names the field", async (asked, fault) => {
      const html = await page(query(asked as Record<string, string>));
      expect(html).toContain(fault);
      expect(numbersIn(html)).toContain(orderNumberOf(pass));
      expect(html.match(/aria-invalid="true"/g)).toHaveLength(1);
    });
  });

  describe("pages", () => {
    test("orders of one millisecond stand on one page each, once", async () => {
      const at = world.clock.now() - 400 * DAY;
      const tied = await copied(world, pass, { created_at: at, stripe_mode: "sandbox" }, 60);
      const asked = { from: day(at), to: day(at) };
      const found = await swept(asked);
      expect(found).toEqual(tied.sort().reverse().map(orderNumberOf));
      // New ones that come while a person reads move none of the older ones.
      const first = await page(query(asked));
      const older = /<a href="([^"]+)">Older</.exec(first)?.[1]?.replaceAll("&amp;", "&") ?? "";
      const second = numbersIn(await page(older));
      await copied(world, pass, { created_at: at + 1 }, 3);
      expect(numbersIn(await page(older))).toEqual(second);
    });

    test("a cursor is of its list, its filter and its reader, and an edited one is none", async () => {
      const first = await page("/owner/orders");
      const older = /<a href="([^"]+)">Older</.exec(first)?.[1]?.replaceAll("&amp;", "&") ?? "";
      const after = new URL(older, ORIGIN).searchParams.get("after") ?? "";
      expect((await owner.get(older)).status).toBe(200);
      for (const wrong of [
        query({ filter: "status:paid", after }),
        query({ after: `${after.slice(0, -2)}AA` }),
        query({ after: "" }),
        query({ after: "forged" }),
        `/owner/orders/${pass}?after=${encodeURIComponent(after)}`,
        `/owner/operations?after=${encodeURIComponent(after)}`,
      ]) {
        expect([wrong, (await owner.get(wrong)).status]).toEqual([wrong, 404]);
      }
    });
  });

  describe("the search", () => {
    const goesTo = async (q: string) => {
      const answer = await owner.get(query({ q }));
      return answer.headers.get("Location") ?? bodyOf(await answer.text());
    };
    const orderAt = (id: string) => `${ORIGIN}/owner/orders/${id}`;

    test("by number, in every way that people write it", async () => {
      const spoken = orderNumberOf(pass);
      for (const typed of [
        spoken,
        spoken.toLowerCase(),
        spoken.replace("-", ""),
        ` ${spoken} `,
        spoken.replace("-", " "),
      ]) {
        expect([typed, await goesTo(typed)]).toEqual([typed, orderAt(pass)]);
      }
      expect(await goesTo("ZZZZ-ZZZZ")).toContain("No order has that number.");
    });

    test("by id: the order's, or its operation's", async () => {
      const [{ operation = "" } = {}] = await world.all<{ operation: string }>(
        "SELECT operation_id AS operation FROM checkout_intents WHERE id = ?",
        pass,
      );
      for (const typed of [pass, pass.toUpperCase(), operation, ` ${pass}\n`]) {
        expect(await goesTo(typed)).toBe(orderAt(pass));
      }
      expect(await goesTo(`checkout-intent-${crypto.randomUUID()}`)).toContain("No order has that id.");
    });

    test("by address: the payer's, and the account's", async () => {
      expect(await goesTo(PAYER.toUpperCase())).toBe(orderAt(pass));
      const shared = await goesTo(BUYER.email);
      expect(shared).toContain("Orders of the account with that address");
      expect(numbersIn(shared)).toContain(orderNumberOf(plan));
      expect(await goesTo("person@nowhere.example")).toContain("No order was paid by that address");
    });

    test("an address that paid one order of its account, and has others, shows the way to them", async () => {
      await payer(world, plan, BUYER.email);
      const html = await goesTo(BUYER.email);
      expect(html).toContain("Orders paid by that address");
      expect(numbersIn(html)).toEqual([orderNumberOf(plan)]);
      const way = /href="([^"]*of=account[^"]*)"/.exec(html)?.[1]?.replaceAll("&amp;", "&") ?? "";
      const own = await page(way);
      expect(own).toContain("Orders of the account with that address");
      expect(numbersIn(own)).toContain(orderNumberOf(pass));
    });

    test("an erased payer is found by no address", async () => {
      const [other = ""] = await copied(world, pass, { amount_cents: 123 });
      await payer(world, other, "gone@elsewhere.example");
      expect(await goesTo("gone@elsewhere.example")).toBe(orderAt(other));
      await world.all(
        "UPDATE order_payers SET email_sealed = NULL, email_hash = NULL, erased_at = 1 WHERE checkout_intent_id = ?",
        other,
      );
      expect(await goesTo("gone@elsewhere.example")).toContain("No order was paid by that address");
      expect(await page(`/owner/orders/${other}`)).toContain("<dd>erased</dd>");
    });

    test.each(["28", "28.00", "$28.00", "28,00", "28.00 USD"])("by amount, as people write it: %s", async (typed) => {
      const html = await goesTo(typed);
      expect(html).toContain("Orders confirmed for or paid with that amount");
      expect(numbersIn(html)).toContain(orderNumberOf(pass));
    });

    test("by an amount that was paid, not confirmed; and in no other currency", async () => {
      expect(await goesTo("70")).toBe(orderAt(byStatus.get("blocked") ?? ""));
      expect(await goesTo("50.07")).toBe(orderAt(byStatus.get("blocked") ?? ""));
      expect(await goesTo("¥28")).toContain("Search: an order is found by");
      expect(await goesTo("77.77")).toContain("No order was confirmed for that amount or paid with it.");
    });

    test("an amount's every page has each order once", async () => {
      const amount = await copied(world, pass, { amount_cents: 8_888, paid_cents: 8_888 }, 30);
      const taxed = await copied(world, pass, { amount_cents: 8_000, paid_cents: 8_888 }, 30);
      const found = await swept({ q: "88.88" });
      expect(found).toHaveLength(60);
      expect(new Set(found)).toEqual(new Set([...amount, ...taxed].map(orderNumberOf)));
    });

    test("eight digits that are an amount, and no order's number, find the amount", async () => {
      const [rich = ""] = await copied(world, pass, { amount_cents: 1_234_567_800 });
      expect(await goesTo("12345678")).toBe(orderAt(rich));
    });

    test("hostile texts are texts", async () => {
      const before = await world.all("SELECT count(*) AS orders FROM checkout_intents");
      const hostile = ["' OR 1=1 --", "%", "_", "x".repeat(10_000), "\0", "\ud800", "💳@🔥.example", "\u202eabc\u202c"];
      for (const text of [...hostile, ...TEXTS]) {
        const answer = await owner.get(`/owner/orders?q=${encodeURIComponent(text.toWellFormed())}`);
        const html = await answer.text();
        expect([text.slice(0, 40), answer.status]).toEqual([text.slice(0, 40), 200]);
        expect(html).not.toMatch(/[\u202e\u2066\0]/);
        expect(html).not.toContain("<script>");
      }
      for (const raw of ["%ED%A0%80", "%00", "%zz", "%", "a&q=b"]) {
        expect((await owner.get(`/owner/orders?q=${raw}`)).status).toBe(200);
      }
      expect(await world.all("SELECT count(*) AS orders FROM checkout_intents")).toEqual(before);
    });
  });

  test("orders of another business are in no list, and found by nothing", async () => {
    await world.all(
      "INSERT INTO user (id, name, email, email_verified, created_at, updated_at) VALUES ('user-foreign', 'F', 'f@f.example', 1, 0, 0)",
    );
    await world.db.exec("PRAGMA defer_foreign_keys = on");
    const [foreign = ""] = await copied(world, pass, { amount_cents: 4_242, created_at: 5 });
    await payer(world, foreign, "foreign@elsewhere.example");
    for (const table of ["commerce_products", "commerce_prices"]) {
      const { results } = await world.db
        .prepare(`SELECT name FROM pragma_table_info('${table}')`)
        .all<{ name: string }>();
      const names = results.map(({ name }) => name);
      const values = names.map((name) => (name === "owner_user_id" ? "'user-foreign'" : name));
      await world.all(`INSERT INTO ${table} (${names.join(", ")}) SELECT ${values.join(", ")} FROM ${table}`);
    }
    await world.db.batch([
      world.db.prepare("PRAGMA defer_foreign_keys = on"),
      ...["order_payers", "checkout_intent_lines"].map((table) =>
        world.db
          .prepare(`UPDATE ${table} SET owner_user_id = 'user-foreign' WHERE checkout_intent_id = ?`)
          .bind(foreign),
      ),
      world.db.prepare("UPDATE checkout_intents SET owner_user_id = 'user-foreign' WHERE id = ?").bind(foreign),
    ]);
    for (const q of [foreign, orderNumberOf(foreign), "foreign@elsewhere.example", "42.42"]) {
      expect(numbersIn(await page(query({ q })))).toEqual([]);
    }
    expect(await swept({ from: "1970-01-01", to: "1970-01-01" })).not.toContain(orderNumberOf(foreign));
    expect((await owner.get(`/owner/orders/${foreign}`)).status).toBe(404);
  });

  test("a person's orders stay when the person is erased, without a name", async () => {
    const [{ id = "" } = {}] = await world.all<{ id: string }>("SELECT id FROM user WHERE email = ?", BUYER.email);
    await world.all(
      "UPDATE user SET name = 'Erased person', email = 'erased-x@erased.invalid', erased_at = 1 WHERE id = ?",
      id,
    );
    const html = await page("/owner/orders");
    expect(numbersIn(html)).toHaveLength(25);
    expect(html).toContain("<span>erased</span>");
    expect(html).not.toContain("erased.invalid");
    expect(await page(`/owner/orders/${pass}`)).not.toContain("erased.invalid");
  });
});
