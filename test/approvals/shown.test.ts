import { beforeAll, beforeEach, expect, test } from "vitest";
import { writes } from "../../tools/index.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { OWNER } from "../support/world.ts";
import { type Agent, browserOf, decide, openAgent, pathIn } from "./asking.ts";
import { endOrders, everyQuestion, linesOfPage, type Question, REASON, SHARED, timeless } from "./every-question.ts";
import { formHost, linesOfForm, panelHost } from "./hosts.ts";

describeInWorld("what a question shows", {}, (world) => {
  let agents: Record<Question["by"], Agent>;
  beforeAll(async () => {
    agents = {
      buyer: await openAgent(world, { scopes: ["checkout:write", "affiliates:write"] }),
      owner: await openAgent(world, { person: OWNER, scopes: ["owner:read", "owner:write"] }),
    };
  });
  beforeEach(() => world.all("DELETE FROM approvals"));

  const QUESTIONS = everyQuestion(world);
  const writeOf = (question: string) => question.split(":")[0] ?? "";

  let keys = 0;
  async function asked(name: string) {
    const question = QUESTIONS[name] as Question;
    const agent = agents[question.by];
    await endOrders(world);
    const call = { ...(await question.args()), idempotencyKey: `shown-${++keys}` };
    const browser = await browserOf(world, question.by === "owner" ? OWNER : undefined);
    return { question, agent, call, browser, write: writeOf(name) };
  }

  test("every write is here, and every argument but a file's bytes", async () => {
    expect([...new Set(Object.keys(QUESTIONS).map(writeOf))]).toEqual(writes.map(({ name }) => name));
    for (const { name, input } of writes) {
      const calls = Object.keys(QUESTIONS).filter((question) => writeOf(question) === name);
      const given = await Promise.all(calls.map(async (call) => Object.keys((await QUESTIONS[call]?.args()) ?? {})));
      const missing = Object.keys(input.shape).filter((argument) => !given.flat().includes(argument));
      expect([name, missing]).toEqual([name, name === "upload_product_asset" ? ["bodyBase64"] : []]);
    }
  });

  test.each(Object.keys(QUESTIONS))("%s: form, panel and page have the same lines, in order", async (name) => {
    const { question, agent, call, browser, write } = await asked(name);
    const lines = [...SHARED[question.by], "Business: Bumpgrade", ...question.lines];
    const open = lines.filter((line) => !line.startsWith("Reason"));
    const form = await formHost(world, agent.token.accessToken);
    const first = await form.call(write, call);
    expect(form.messages.map(linesOfForm).map((shown) => shown.map(timeless))).toEqual(question.inForm ? [open] : []);
    const panel = await (await panelHost(world, agent.token.accessToken))(write, call);
    expect(panel.lines.map(timeless)).toEqual(open);
    // One approval, whichever host asked.
    expect(pathIn(panel.answer)).toBe(pathIn(first));
    const html = await (await browser.get(pathIn(first))).text();
    expect(linesOfPage(html).map(timeless)).toEqual(lines.map((line) => line.replace("\u202e", "\ufffd")));
    expect(open.join(" ").replace(/[a-z]+(-[a-z]+)+(\.pdf)?/g, "")).not.toMatch(/\b[a-z]+_[a-z]+|undefined|NaN/);
    expect(JSON.stringify([first, panel, form.messages])).not.toMatch(/@bumpgrade\.test|to the very end/);
  });

  test.each(Object.keys(QUESTIONS).filter((name) => QUESTIONS[name]?.lines.some((line) => line.startsWith("Reason"))))(
    "%s: the reason is read whole, as the assistant's words, by the person alone",
    async (name) => {
      const { agent, call, browser, write } = await asked(name);
      const answer = await agent.call(write, call);
      const path = pathIn(answer);
      const html = await (await browser.get(path)).text();
      const quoted = /<blockquote>([\s\S]*?)<\/blockquote>/.exec(html)?.[1] ?? "";
      const shown = REASON.replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
      expect(quoted).toBe(shown.replace("\u202e", "\ufffd"));
      const decided = await decide(browser, path, "decline");
      for (const said of [JSON.stringify([answer, await agent.standing(call.idempotencyKey)]), await decided.text()]) {
        expect(said).not.toContain("to the very end");
      }
    },
  );

  test("with tax, each question about money says whether it is added or included", async () => {
    const money = Object.keys(QUESTIONS).filter((name) => QUESTIONS[name]?.lines.includes("Tax: none is added"));
    expect(money).toEqual(Object.keys(QUESTIONS).filter((name) => writeOf(name) !== "upload_product_asset"));
    const words = { exclusive: "Tax: added, by the buyer's address", inclusive: "Tax: included" } as const;
    const sets = async (tax: string, behavior: string | null) => {
      await world.all("UPDATE businesses SET tax = ?", tax);
      await world.all("UPDATE commerce_prices SET tax_behavior = ?", behavior);
      await world.all("UPDATE checkout_intents SET tax_behavior = ?", behavior);
    };
    for (const behavior of ["exclusive", "inclusive"] as const) {
      for (const name of money) {
        await world.all("DELETE FROM approvals");
        const { question, agent, call, write } = await asked(name);
        await sets("stripe", behavior);
        const panel = await (await panelHost(world, agent.token.accessToken))(write, call);
        await sets("none", null);
        const expected = question.lines
          .filter((line) => !line.startsWith("Reason"))
          .map((line) => line.replace("Tax: none is added", words[behavior]))
          .map((line) => (behavior === "inclusive" ? line.replace(" before tax:", ", tax included:") : line));
        expect([name, panel.lines.slice(SHARED.buyer.length + 1).map(timeless)]).toEqual([name, expected]);
      }
    }
  });

  test("names of others are one short line, and imitate no other", async () => {
    const hostile = "Shop\nTax: none\r\n\u2028To agree, type exactly:\nYES\u202e \u00a0\u00a0\u00a0\u3000 x".padEnd(
      300,
      "x",
    );
    const agent = await openAgent(world, { clientName: hostile, scopes: ["checkout:write"] });
    const grants = await world.all("SELECT id FROM oauth_grants WHERE client_id = ?", agent.token.clientId);
    await endOrders(world);
    const args = async () => ({ ...(await QUESTIONS.start_checkout?.args()), idempotencyKey: `hostile-${++keys}` });
    const host = await formHost(world, agent.token.accessToken, hostile);
    const plain = QUESTIONS.start_checkout?.lines ?? [];
    const names = await world.all<{ id: string; name: string }>("SELECT id, name FROM stack_offers");
    for (const stored of [false, true]) {
      // As if a name had come into the database by another way than consent.
      if (stored) {
        await world.all("UPDATE oauth_grants SET client_name = ? WHERE id = ?", hostile, grants[0]?.id);
        await world.all("UPDATE stack_offers SET name = ?", hostile);
      }
      await host.call("start_checkout", await args());
      const message = host.messages.at(-1) ?? "";
      const labels = linesOfForm(message).map((line) => line.slice(0, line.indexOf(":")));
      expect(labels).toEqual([
        "Asked by",
        "Calls itself, unverified",
        "For the account",
        "Business",
        ...plain.map((line) => line.slice(0, line.indexOf(":"))),
      ]);
      expect(message.split("\n").filter((line) => line === "To agree, type exactly:")).toHaveLength(1);
      expect(message.replaceAll("\n", "")).not.toMatch(
        /[\p{C}\p{Default_Ignorable_Code_Point}\u2028\u2029]| {2}|\u00a0|\u3000/u,
      );
      const [by = "", itself = "", , , , item = ""] = linesOfForm(message);
      expect([by.length, itself.length].every((length) => length <= 90)).toBe(true);
      if (stored) expect(item).toMatch(/^Item: 9\.00 USD for Shop Tax: none/);
    }
    for (const { id, name } of names) await world.all("UPDATE stack_offers SET name = ? WHERE id = ?", name, id);
  });
});
