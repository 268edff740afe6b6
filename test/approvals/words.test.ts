import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { FaultRequest } from "../../src/dev/stripe-sandbox/client.ts";
import { writes } from "../../tools/index.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { CREATE } from "../support/launch-pass.ts";
import { hiddenFields } from "../support/oauth.ts";
import { ownerBrowser } from "../support/owner-doors.ts";
import { sale } from "../support/sale.ts";
import { ORIGIN, OWNER } from "../support/world.ts";
import {
  type Agent,
  answerIn,
  ask,
  browserOf,
  decide,
  type Offer,
  openAgent,
  pathIn,
  readOffer,
  unconfirmed,
} from "./asking.ts";

describeInWorld("the words of an approval", { reset: true }, (world) => {
  let agent: Agent;
  let browser: Awaited<ReturnType<typeof browserOf>>;
  let owner: Awaited<ReturnType<typeof browserOf>>;
  let offer: Offer;
  beforeAll(async () => {
    agent = await openAgent(world);
    browser = await browserOf(world);
    owner = await browserOf(world, OWNER);
    offer = await readOffer(world);
  });
  beforeEach(async () => {
    await world.all("DELETE FROM approvals");
  });
  afterEach(() => world.sandbox.clearFaults());

  let keys = 0;
  const newKey = () => `words-${++keys}`;
  const read = async (path: string) => (await browser.get(path)).text();
  const complete = async (key: string) => ({
    ...(await unconfirmed(world, key)),
    confirmationText: offer.confirmationText,
  });

  /** A client that says this of itself, and answers its own form where it has an answer. */
  async function clientThatSays(info: { name: string; version: string }, confirmationText?: string) {
    const capabilities = confirmationText === undefined ? {} : { elicitation: { form: {} } };
    const client = new Client(info, { capabilities, versionNegotiation: { mode: { pin: "2026-07-28" } } });
    if (confirmationText !== undefined)
      client.setRequestHandler(
        "elicitation/create",
        () => ({ action: "accept", content: { confirmationText } }) as never,
      );
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${ORIGIN}/mcp`), {
        fetch: (url, init) => world.send(new Request(url as string, init)),
        requestInit: { headers: { Authorization: `Bearer ${agent.token.accessToken}` } },
      }),
    );
    return async (args: Record<string, unknown>) =>
      answerIn(await client.callTool({ name: "start_checkout", arguments: args }));
  }

  test("a text that an app returned is nowhere told as a person's word", async () => {
    const call = await clientThatSays({ name: "Answers itself", version: "1" }, offer.confirmationText);
    const done = await call(await unconfirmed(world, newKey()));
    expect(done).toMatchObject({ confirmation: { proof: "elicited" } });
    const [approval] = await world.all<{ id: string }>("SELECT id FROM approvals WHERE status = 'approved'");
    const pages = await Promise.all([
      owner.get(`/owner/operations/${done.operationId}`),
      browser.get("/account/confirmations"),
      browser.get(`/approvals/${approval?.id}`),
    ]);
    for (const page of pages) {
      const words = await page.text();
      expect(words).not.toMatch(/the person said yes|was typed|typed in|You approved/);
      expect(words).toMatch(/returned the (exact )?text/);
    }
  });

  test("a client's name is shown as it is, with nothing hidden or turned around in it, however long it is", async () => {
    const tricky = await clientThatSays({
      name: `Safe\u202Egnp.exe\u200B ${"n".repeat(400)}`,
      version: "9".repeat(400),
    });
    const shown = await read(pathIn(await tricky(await unconfirmed(world, newKey()))));
    expect(shown).toContain("Safe\uFFFDgnp.exe\uFFFD nnnn");
    expect(shown).not.toMatch(/[\u202E\u200B]/);
    const [kept] = await world.all<{ said: string }>("SELECT client_declared AS said FROM approvals");
    expect(JSON.parse(kept?.said ?? "")).toMatchObject({ version: "9".repeat(100) });
  });

  test("what a person asked for in their own browser is no assistant's", async () => {
    const { checkoutIntentId } = await sale(world);
    const [entitlement] = await world.all<{ id: string; updated_at: number }>(
      "SELECT id, updated_at FROM product_entitlements WHERE checkout_intent_id = ?",
      checkoutIntentId,
    );
    const route = writes.find(({ name }) => name === "record_revocation_intent")?.route.slice("POST ".length) ?? "";
    const { headers } = await ownerBrowser(world, route, OWNER);
    const asked = await world.fetch(route, {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/json", "Idempotency-Key": newKey() },
      body: JSON.stringify({
        entitlementId: entitlement?.id,
        reasonCode: "customer_request",
        expectedUpdatedAt: new Date(entitlement?.updated_at ?? 0).toISOString(),
      }),
    });
    const page = await (await owner.get(pathIn(await asked.json()))).text();
    expect(page).toContain("You asked for this on this site.");
    expect(page).toContain("<dd>you, on this site</dd>");
    for (const words of ["assistant", "a disconnected app", "Calls itself"]) expect(page).not.toContain(words);
  });

  test("what cannot be read any more has to be asked for again, and hides nothing else that waits", async () => {
    const [spoiled, sound] = [await ask(world, agent, newKey()), await ask(world, agent, newKey())];
    const id = spoiled.split("/").at(-1);
    const open = await browser.get(spoiled);
    await world.all("UPDATE approvals SET arguments_sealed = 'spoiled' WHERE id = ?", id);
    const shown = await read(spoiled);
    expect(shown).toContain("asked for again");
    expect(shown).not.toContain("confirmationText");
    const pressed = await browser.submit(open, spoiled, {
      decision: "approve",
      confirmationText: offer.confirmationText,
    });
    expect([pressed.status, await pressed.text()]).toEqual([409, expect.stringContaining("asked for again")]);
    const overview = await owner.get("/owner");
    expect([overview.status, (await overview.text()).match(/Start checkout/g)?.length]).toEqual([200, 1]);
    expect((await decide(browser, sound, { approve: offer.confirmationText })).status).toBe(200);
  });

  test("a yes that lost to a complete call is not told as what is being carried out", async () => {
    const key = newKey();
    const path = await ask(world, agent, key);
    const hidden = hiddenFields(await read(path), path);
    const args = await complete(key);
    // The agent's call claims while the page has read and not claimed, and does not come to an end outside.
    await world.sandbox.fault({
      kind: "drop_connection_before",
      times: 9,
      target: "api",
      path: CREATE,
    } as FaultRequest);
    world.quiet = true;
    world.database.interrupt(6, () => agent.call("start_checkout", args));
    const pressed = await browser.post(path, {
      ...hidden,
      decision: "approve",
      confirmationText: offer.confirmationText,
    });
    world.database.reset();
    world.quiet = false;
    const words = await pressed.text();
    expect([pressed.status, words]).toEqual([409, expect.stringContaining("This was taken back")]);
    expect(words).not.toContain("You approved");
  });

  test("the one yes is told as carried out, though the agent's repeat finished it", async () => {
    const key = newKey();
    const args = await unconfirmed(world, key);
    const path = pathIn(await agent.call("start_checkout", args));
    const hidden = hiddenFields(await read(path), path);
    const press = () =>
      browser.post(path, { ...hidden, decision: "approve", confirmationText: offer.confirmationText });
    world.database.reset();
    let repeated: unknown;
    // The last round trip of a yes is its finish.
    world.database.interrupt(7, async () => {
      repeated = await agent.call("start_checkout", args);
    });
    const pressed = await press();
    world.database.reset();
    expect(repeated).toMatchObject({ confirmation: { proof: "approval_page" }, result: expect.anything() });
    expect([pressed.status, await pressed.text()]).toEqual([200, expect.stringContaining("You approved this")]);
    expect((await press()).status).toBe(409);
  });
});
