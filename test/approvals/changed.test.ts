import { beforeAll, beforeEach, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { LIVE } from "../support/live-business.ts";
import { OWNER } from "../support/world.ts";
import { type Agent, browserOf, effects, openAgent, pathIn } from "./asking.ts";
import { endOrders, everyQuestion, linesOfPage, type Question } from "./every-question.ts";
import { formHost } from "./hosts.ts";

/** A fact that a question shows, and a change of it that gives its subject no new version. */
interface Change {
  readonly question: string;
  readonly sql: string;
  /** Also a new isolate with these settings, as after a deploy. */
  readonly settings?: Record<string, unknown>;
}

const CHANGES: Readonly<Record<string, Change>> = {
  "the price": {
    question: "start_checkout",
    sql: "UPDATE commerce_prices SET unit_amount_cents = unit_amount_cents + 1",
  },
  "the name of the product": { question: "start_checkout", sql: "UPDATE stack_offers SET name = name || ' II'" },
  "whether tax is added": {
    question: "start_checkout",
    sql: "UPDATE businesses SET tax = 'stripe'; UPDATE commerce_prices SET tax_behavior = 'exclusive'",
  },
  "the mode, by a deploy": {
    question: "start_plan_checkout",
    sql: "UPDATE plans SET stripe_mode = 'live' WHERE stripe_mode IS NOT NULL",
    settings: LIVE,
  },
  "the name of the business": { question: "expire_checkout", sql: "UPDATE businesses SET name = name || ' II'" },
  "the name of the app": { question: "expire_checkout", sql: "UPDATE oauth_grants SET client_name = 'Other app'" },
  "the account": { question: "expire_checkout", sql: "UPDATE user SET email = 'z' || email" },
  "the partner's code": { question: "start_checkout", sql: "UPDATE referral_links SET code = code || 'X'" },
  "the price of a plan": {
    question: "start_plan_checkout",
    sql: "UPDATE commerce_prices SET unit_amount_cents = unit_amount_cents + 1",
  },
  "the setup's name": {
    question: "start_plan_checkout",
    sql: "UPDATE commerce_prices SET nickname = nickname || ' II'",
  },
  "the tax of an order": {
    question: "expire_checkout",
    sql: "UPDATE checkout_intents SET tax_behavior = 'inclusive', tax_cents = 1",
  },
  "the amount of an order": {
    question: "expire_checkout",
    sql: "UPDATE checkout_intents SET amount_cents = amount_cents + 1",
  },
  "a line of an order": { question: "expire_checkout", sql: "UPDATE checkout_intent_lines SET name = name || ' II'" },
  "the price of an offer after payment": {
    question: "record_post_purchase_decision",
    sql: "UPDATE commerce_prices SET unit_amount_cents = unit_amount_cents + 1",
  },
  "the rate of a commission": {
    question: "create_commission_evidence",
    sql: "UPDATE commission_rules SET rate_bps = rate_bps + 100 WHERE rate_bps IS NOT NULL",
  },
  "the commission of an entry": {
    question: "review_commission_evidence:hold_for_review",
    sql: "UPDATE affiliate_commission_ledger_entries SET commission_cents = commission_cents + 1",
  },
  "the state of an entry": {
    question: "review_commission_evidence:mark_reviewed",
    sql: "UPDATE affiliate_commission_ledger_entries SET review_status = 'owner_hold'",
  },
  "the tax of the sale of an entry": {
    question: "review_commission_evidence:reverse_evidence",
    sql: "UPDATE checkout_intents SET tax_behavior = 'inclusive'",
  },
  "the name of what access is to": {
    question: "record_revocation_intent",
    sql: "UPDATE commerce_products SET name = name || ' II'",
  },
  "whether access stands": {
    question: "record_revocation_intent",
    sql: "UPDATE product_entitlements SET status = 'inactive'",
  },
  "whether buyers get the file": {
    question: "upload_product_asset",
    sql: "UPDATE access_products SET delivery_enabled = 1 - delivery_enabled",
  },
  "the wording, by a deploy": {
    question: "expire_checkout",
    // The hash that other words had.
    sql: "UPDATE approvals SET binding_sha256 = 'of other words'",
  },
};

describeInWorld("what changes after a question was asked", { reset: true }, (world) => {
  let agents: Record<Question["by"], Agent>;
  let browsers: Record<Question["by"], Awaited<ReturnType<typeof browserOf>>>;
  beforeAll(async () => {
    agents = {
      buyer: await openAgent(world, { scopes: ["checkout:write", "affiliates:write"] }),
      owner: await openAgent(world, { person: OWNER, scopes: ["owner:read", "owner:write"] }),
    };
    browsers = { buyer: await browserOf(world), owner: await browserOf(world, OWNER) };
  });
  beforeEach(() => world.all("DELETE FROM approvals"));

  const QUESTIONS = everyQuestion(world);
  let keys = 0;
  async function asked(name: string) {
    const question = QUESTIONS[name] as Question;
    const write = name.split(":")[0] ?? "";
    await endOrders(world);
    const call = { ...(await question.args()), idempotencyKey: `changed-${++keys}` };
    return { write, call, agent: agents[question.by], browser: browsers[question.by] };
  }
  const exactText = (html: string) => /<p class="exact"><code>([^<]*)</.exec(html)?.[1] ?? "";
  const statusOf = async (path: string) =>
    (await world.all("SELECT status FROM approvals WHERE id = ?", path.split("/").at(-1)))[0]?.status;

  /** Reads the rows that a change touches; the answer puts them back. */
  async function keep({ sql }: Change) {
    const tables = [...sql.matchAll(/UPDATE (\w+)/g)].flatMap(([, table = ""]) =>
      table === "approvals" ? [] : [table],
    );
    const kept = await Promise.all(tables.map((table) => world.all(`SELECT * FROM ${table}`)));
    return async () => {
      for (const [index, table] of tables.entries()) {
        const columns = await world.all<{ name: string; pk: number }>(`PRAGMA table_info(${table})`);
        const key = columns.filter(({ pk }) => pk > 0).map(({ name }) => name);
        for (const row of kept[index] ?? []) {
          const equal = (names: readonly string[], word: string) => names.map((name) => `"${name}" = ?`).join(word);
          const sql = `UPDATE ${table} SET ${equal(Object.keys(row), ", ")} WHERE ${equal(key, " AND ")}`;
          await world.all(sql, ...Object.values(row), ...key.map((name) => row[name]));
        }
      }
    };
  }

  async function make({ sql, settings }: Change) {
    for (const one of sql.split("; ")) await world.all(one);
    if (settings) world.restart(settings);
  }

  test.each(Object.keys(CHANGES))("%s: a yes to what was shown before does nothing", async (what) => {
    const change = CHANGES[what] as Change;
    const { write, call, agent, browser } = await asked(change.question);
    const path = pathIn(await agent.call(write, call));
    const page = await browser.get(path);
    expect(page.status).toBe(200);
    const text = exactText(await page.clone().text());
    const before = await effects(world);
    const restore = await keep(change);
    try {
      await make(change);
      // A page that is opened now says so at once.
      const opened = await browser.get(path);
      expect([opened.status, await opened.text()]).toEqual([409, expect.stringContaining("This has changed")]);
      const sent = await browser.submit(page, path, { decision: "approve", confirmationText: text });
      expect(sent.status).toBeGreaterThanOrEqual(400);
      expect(await sent.text()).toContain("This has changed");
      expect(await effects(world)).toEqual(before);
      expect(await agent.standing(call.idempotencyKey)).not.toMatchObject({ status: "succeeded" });
    } finally {
      if (change.settings) world.restart();
      await restore();
    }
  });

  test("another order of the same: the page is shown again, and the person decides on it", async () => {
    const { write, call, agent, browser } = await asked("start_checkout");
    const path = pathIn(await agent.call(write, call));
    const page = await browser.get(path);
    const shown = await page.clone().text();
    const text = exactText(shown);
    await QUESTIONS.expire_checkout?.args();
    const before = await effects(world);
    const sent = await browser.submit(page, path, { decision: "approve", confirmationText: text });
    const html = await sent.text();
    expect([sent.status, await statusOf(path)]).toEqual([409, "pending"]);
    expect(html).toContain("Something here has changed since you opened the page.");
    expect(linesOfPage(html)).not.toEqual(linesOfPage(shown));
    expect(await effects(world)).toEqual(before);
    const again = await browser.submit(await browser.get(path), path, { decision: "approve", confirmationText: text });
    expect([again.status, await statusOf(path)]).toEqual([200, "approved"]);
  });

  test.each(["", "0".repeat(64)])("a form that says %j of its lines approves nothing", async (shown) => {
    const { write, call, agent, browser } = await asked("start_checkout");
    const path = pathIn(await agent.call(write, call));
    const page = await browser.get(path);
    const before = await effects(world);
    const text = exactText(await page.clone().text());
    const sent = await browser.submit(page, path, { decision: "approve", confirmationText: text, shown });
    expect([sent.status, await statusOf(path)]).toEqual([409, "pending"]);
    expect(await effects(world)).toEqual(before);
  });

  test.each(["the name of the business", "the amount of an order"])(
    "%s changes while a form of the client is open: its answer does nothing",
    async (what) => {
      const change = CHANGES[what] as Change;
      const { write, call, agent } = await asked(change.question);
      const host = await formHost(world, agent.token.accessToken);
      const before = await effects(world);
      const restore = await keep(change);
      host.react = async () => {
        await make(change);
        return { action: "accept", content: { confirmationText: host.messages.at(-1)?.split("\n").at(-1) } };
      };
      const answer = await host.call(write, call);
      await restore();
      expect(host.messages).toHaveLength(1);
      expect(answer).toMatchObject({ code: expect.stringMatching(/^(stale_state|confirmation_mismatch)$/) });
      expect(await effects(world)).toEqual(before);
    },
  );

  test("what did not change is approved: the same steps without a change", async () => {
    for (const name of ["expire_checkout", "record_revocation_intent", "upload_product_asset"]) {
      const { write, call, agent, browser } = await asked(name);
      const path = pathIn(await agent.call(write, call));
      const page = await browser.get(path);
      const confirmationText = exactText(await page.clone().text());
      const sent = await browser.submit(page, path, { decision: "approve", confirmationText });
      expect([name, sent.status, await statusOf(path)]).toEqual([name, 200, "approved"]);
    }
  });
});
