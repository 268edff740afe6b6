import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { openBrowser, signIn, signUp } from "../support/oauth.ts";
import { openPlan, planDoors } from "../support/plans.ts";
import { sale } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

interface Data {
  readonly account: { readonly email: string };
  readonly orders: readonly {
    readonly checkoutIntentId: string;
    readonly lines: readonly { readonly name: string }[];
  }[];
  readonly plans: readonly { readonly name: string; readonly status: string | null }[];
  readonly confirmations: readonly { readonly text: string }[];
  readonly connectedApps: readonly { readonly name: string }[];
  readonly complete: boolean;
}

describeInWorld("one's own data", {}, (world) => {
  async function browserOf(person: { email: string; password: string }) {
    const browser = openBrowser(world.send, ORIGIN);
    await signIn(browser, person);
    return browser;
  }

  test("is a file with orders, plans, confirmations and apps, each once, without an id of Stripe's, and of no other person", async () => {
    const { checkoutIntentId } = await sale(world, { bump: true });
    const plan = await openPlan(world, (await planDoors(world)).http);
    await world.sandbox.pay(plan.sessionId, "paid");
    await world.deliver();
    // More than one part: the first order, copied.
    const [row = {}] = await world.all("SELECT * FROM checkout_intents WHERE id = ?", checkoutIntentId);
    const names = Object.keys(row);
    const copy = `INSERT INTO checkout_intents (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`;
    const copies = Array.from({ length: 450 }, (_, at) => {
      const id = `checkout-intent-00000000-0000-4000-8000-${String(at).padStart(12, "0")}`;
      const own = {
        id,
        idempotency_key: id,
        operation_id: id,
        stripe_checkout_session_id: null,
        created_at: 1000 + at,
      };
      return world.db.prepare(copy).bind(...Object.values({ ...row, ...own }));
    });
    await world.db.batch(copies);

    const answer = await (await browserOf(BUYER)).get("/account/data");
    expect(answer.headers.get("Content-Disposition")).toBe('attachment; filename="your-data.json"');
    const text = await answer.text();
    const data = JSON.parse(text) as Data;
    expect(data.account.email).toBe(BUYER.email);
    expect(data.orders).toHaveLength(452);
    expect(new Set(data.orders.map((order) => order.checkoutIntentId)).size).toBe(452);
    expect(data.orders.find((order) => order.checkoutIntentId === checkoutIntentId)).toMatchObject({
      amountCents: 2800,
      paidCents: 2800,
      status: "paid",
      lines: [{ name: "Bumpgrade launch pass" }, { name: "Launch checklist" }],
      access: [{ status: "active" }, { status: "active" }],
    });
    expect(data.plans).toMatchObject([{ status: "active" }]);
    expect(data.confirmations.length).toBe(2);
    expect(data.connectedApps.length).toBeGreaterThan(0);
    expect(data.complete).toBe(true);
    expect(text).not.toMatch(/\b(cs|pi|ch|in|sub|cus|price)_[A-Za-z0-9]/);
    expect(text).not.toMatch(/[0-9a-f]{64}/);

    const owner = (await (await (await browserOf(OWNER)).get("/account/data")).json()) as Data;
    expect(owner).toMatchObject({ orders: [], plans: [], confirmations: [], complete: true });
    expect((await openBrowser(world.send, ORIGIN).get("/account/data")).status).toBe(401);
  });

  test("a person deletes their account by one press, after a fresh sign-in, and once nothing of theirs is open", async () => {
    const buyer = await browserOf(BUYER);
    const page = await (await buyer.get("/account/delete")).text();
    expect(page).toContain("What stays");
    expect(page).toMatch(/The plan <bdi>[^<]+<\/bdi> runs/);
    expect(page).not.toContain("Delete my account for good");
    const [, formToken = ""] =
      /name="formToken" value="([^"]+)"/.exec(await (await buyer.get("/account")).text()) ?? [];
    expect((await buyer.post("/account/delete", { formToken })).status).toBe(409);
    const owner = await browserOf(OWNER);
    expect(await (await owner.get("/account/delete")).text()).toContain("t be deleted here");

    const leaving = { email: "leaves@people.example", password: "leaves in a while", name: "Leaves Soon" };
    const browser = openBrowser(world.send, ORIGIN);
    await signUp(browser, leaving);
    const shown = await browser.get("/account/delete");
    const gone = await browser.submit(shown, "/account/delete", {});
    expect([gone.status, await gone.text()]).toEqual([200, expect.stringContaining("Your account is deleted")]);
    expect((await browser.get("/account")).status).toBe(303);
    expect(JSON.stringify(await world.all("SELECT * FROM user"))).not.toContain("leaves@people.example");
    const told = await world.all(
      "SELECT actor_kind, summary FROM payment_audit_events WHERE event_kind = 'person_erased'",
    );
    expect(told).toEqual([
      {
        actor_kind: "account_session",
        summary: "A person deleted their account. What they bought stays without a name.",
      },
    ]);
  });
});
