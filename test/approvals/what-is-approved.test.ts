import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { announced, base64Of, freshPdf } from "../support/asset-files.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { inexactTexts, textEdits } from "../support/inexact-texts.ts";
import { BUMP, OFFER } from "../support/launch-pass.ts";
import { hiddenFields, revoke } from "../support/oauth.ts";
import { holds } from "../support/random.ts";
import { size } from "../support/size.ts";
import { tell } from "../support/tell.ts";
import { confirmedUpload } from "../support/upload-story.ts";
import { BUYER, OWNER } from "../support/world.ts";
import {
  type Agent,
  ask,
  browserOf,
  decide,
  effects,
  type Offer,
  openAgent,
  pathIn,
  readOffer,
  setMinimum,
  storiesAreWhole,
  unconfirmed,
} from "./asking.ts";

describeInWorld("what is approved", { reset: true }, (world) => {
  let agent: Agent;
  let browser: Awaited<ReturnType<typeof browserOf>>;
  let offer: Offer;
  beforeAll(async () => {
    agent = await openAgent(world);
    browser = await browserOf(world);
  });
  beforeEach(async () => {
    await world.all("DELETE FROM approvals");
    offer = await readOffer(world);
  });

  afterEach(() => storiesAreWhole(world));

  let keys = 0;
  const newKey = () => `what-${++keys}`;
  const statusOf = async (path: string) =>
    (await world.all<{ status: string }>("SELECT status FROM approvals WHERE id = ?", path.split("/").at(-1)))[0]
      ?.status;
  const approve = (text = offer.confirmationText) => ({ decision: "approve", confirmationText: text });

  /** Sends the form of a page that was shown while all was well, and finds that nothing comes of it. */
  async function comesToNothing(path: string, page: Response, words: string | RegExp) {
    const before = await effects(world);
    const sent = await browser.submit(page, path, approve());
    expect(sent.status).toBeGreaterThanOrEqual(400);
    expect(await sent.text()).toMatch(words);
    expect(await effects(world)).toEqual(before);
  }

  test("the page says what will happen: what, how much, who asks, until when", async () => {
    const path = await ask(world, agent, newKey(), { orderBumpIds: [BUMP] });
    const page = await (await browser.get(path)).text();
    for (const words of [
      offer.withBump,
      "9.00 USD",
      "19.00 USD",
      "28.00 USD",
      "Test client",
      "You have 10 minutes, until ",
      BUYER.email,
    ]) {
      expect(page).toContain(words);
    }
    expect(page).not.toContain(agent.token.clientId);
  });

  test("only the exact text is a yes: every mutation is shown the form again", async ({ task }) => {
    const path = await ask(world, agent, newKey());
    const hidden = hiddenFields(await (await browser.get(path)).text(), path);
    const exact = offer.confirmationText;
    // Blanks at the ends are cut.
    const isOther = (text: string) => text.replaceAll(/^[ \t\r\n]+|[ \t\r\n]+$/g, "") !== exact;
    const texts = Object.values(inexactTexts(exact)).filter(isOther);
    // A form turns line ends into CRLF and a lone surrogate into U+FFFD: neither makes a text exact.
    const before = await effects(world);
    let refused = 0;
    const isRefused = async (confirmationText: string) => {
      if (!isOther(confirmationText)) return;
      const answer = await browser.post(path, { ...hidden, decision: "approve", confirmationText });
      expect(answer.status, JSON.stringify(confirmationText)).toBe(422);
      refused++;
    };
    for (const text of texts) await isRefused(text);
    const edited = textEdits.map((edit) => edit(exact));
    await holds("texts on the page", edited, { runs: size({ ci: 600, part: 2000 }) - texts.length }, isRefused);
    expect(await effects(world)).toEqual(before);
    expect(await statusOf(path)).toBe("pending");
    console.info(`approval page: ${refused} texts that are not the exact one, 0 accepted`);
    const long = await browser.post(path, { ...hidden, ...approve("x".repeat(2001)) });
    expect(long.status).toBeGreaterThanOrEqual(400);
    const done = await browser.post(path, { ...hidden, ...approve(` ${exact} `) });
    expect(done.status).toBe(200);
    const accepted = (await effects(world)).approved - before.approved - 1;
    tell(task, "S2", { counts: { "mutations on the page": refused, mutations: refused, accepted } });
  }, 3_600_000);

  test("a yes is good for ten minutes", async () => {
    const key = newKey();
    const path = await ask(world, agent, key);
    const page = await browser.get(path);
    await world.advance(10 * 60 - 2);
    expect(await (await browser.get(path)).text()).toContain("You have 1 minute, until ");
    await world.advance(2);
    await comesToNothing(path, page, "This has run out");
    expect(await (await browser.get(path)).text()).toContain("This has run out");
    expect(await agent.standing(key)).toMatchObject({ status: "failed", problem: { code: "approval_required" } });
    const again = await ask(world, agent, key);
    expect(again).not.toBe(path);
    expect((await decide(browser, again, { approve: offer.confirmationText })).status).toBe(200);
  });

  test("a yes is used once: sent again it tells what came of the first", async () => {
    const key = newKey();
    const path = await ask(world, agent, key);
    const page = await browser.get(path);
    const copy = page.clone();
    expect((await browser.submit(page, path, approve())).status).toBe(200);
    const after = await effects(world);
    expect((await browser.submit(copy, path, approve())).status).toBe(409);
    expect(await effects(world)).toEqual(after);
    const shown = await (await browser.get(path)).text();
    expect(shown).toContain("You approved this");
    expect(shown).not.toContain("<form");
    // What it approved is not a yes to the same thing under another key.
    expect(await agent.call("start_checkout", await unconfirmed(world, newKey()))).toMatchObject({
      code: "approval_required",
    });
  });

  test("what has changed since it was asked is shown as changed, and has to be asked anew", async () => {
    const key = newKey();
    const path = await ask(world, agent, key);
    const page = await browser.get(path);
    expect(await agent.standing(key)).toMatchObject({ status: "awaiting_approval" });
    await world.all("UPDATE commerce_prices SET updated_at = updated_at + 60000 WHERE id LIKE '%launch-pass%'");
    // Told at once, by the page and to the agent, and taken back by the first who would decide.
    expect(await (await browser.get(path)).text()).toContain("This has changed");
    const changed = { status: "failed", problem: { code: "stale_state", resource: `commerce://offers/${OFFER}` } };
    expect(await agent.standing(key)).toMatchObject(changed);
    expect(await statusOf(path)).toBe("pending");
    await comesToNothing(path, page, "This has changed");
    expect(await statusOf(path)).toBe("withdrawn");
    expect(await (await browser.get(path)).text()).toContain("This was taken back");
    expect(await agent.standing(key)).toMatchObject({ status: "failed", problem: { code: "stale_state" } });
    const stale = await agent.call("start_checkout", {
      ...(await unconfirmed(world, key)),
      expectedUpdatedAt: offer.updatedAt,
    });
    expect(stale.code).toBe("stale_state");
    const again = await ask(world, agent, key);
    expect(again).not.toBe(path);
    expect((await decide(browser, again, { approve: offer.confirmationText })).status).toBe(200);
  });

  test("the text that a page showed is no wrong text once its facts have changed: it is told as changed", async () => {
    const path = await ask(world, agent, newKey());
    const page = await browser.get(path);
    const raise = (by: number) =>
      world.all(
        `UPDATE commerce_prices SET unit_amount_cents = unit_amount_cents + ${by}, updated_at = updated_at + 60000 WHERE id LIKE '%launch-pass%'`,
      );
    await raise(100);
    await comesToNothing(path, page, "This has changed");
    expect(await statusOf(path)).toBe("withdrawn");
    await raise(-100);
  });

  test("what can no longer be done is refused in the write's own words", async () => {
    const path = await ask(world, agent, newKey());
    const page = await browser.get(path);
    await world.all("UPDATE commerce_prices SET active = 0 WHERE id LIKE '%launch-pass%'");
    const shown = await browser.get(path);
    expect([shown.status, (await shown.text()).includes("This can no longer be done")]).toEqual([409, true]);
    await comesToNothing(path, page, "is not on sale");
    expect(await (await browser.get(path)).text()).toContain("This was taken back");
    await world.all("UPDATE commerce_prices SET active = 1 WHERE id LIKE '%launch-pass%'");
  });

  test("other arguments under the same key take the place of what waited, and a yes to the old ones is void", async () => {
    const key = newKey();
    const old = await ask(world, agent, key);
    const page = await browser.get(old);
    const bumped = await ask(world, agent, key, { orderBumpIds: [BUMP] });
    expect([await statusOf(old), await statusOf(bumped)]).toEqual(["withdrawn", "pending"]);
    await comesToNothing(old, page, "This was taken back");
    expect(await (await browser.get(old)).text()).toContain("Your assistant asked again");
    // Back again: the first link stays dead.
    const third = await ask(world, agent, key);
    expect(new Set([old, bumped, third]).size).toBe(3);
    expect((await decide(browser, third, { approve: offer.confirmationText })).status).toBe(200);
    const operations = await world.all("SELECT * FROM operations WHERE idempotency_key = ?", key);
    expect(operations).toHaveLength(1);
    const conflict = await agent.call("start_checkout", await unconfirmed(world, key, { orderBumpIds: [BUMP] }));
    expect(conflict.code).toBe("idempotency_conflict");
  });

  test("a complete call takes back what waits, and a yes that comes late is not its", async () => {
    const key = newKey();
    const args = await unconfirmed(world, key);
    const path = pathIn(await agent.call("start_checkout", args));
    const page = await browser.get(path);
    const done = await agent.call("start_checkout", { ...args, confirmationText: offer.confirmationText });
    expect(done).toMatchObject({ replayed: false, confirmation: { proof: "argument" } });
    expect(await statusOf(path)).toBe("withdrawn");
    await comesToNothing(path, page, "This was taken back");
    expect((await agent.standing(key)).confirmation).toEqual({ proof: "argument" });
  });

  test("a no stays a no for this call, through every client, with the text or without", async () => {
    const key = newKey();
    const path = await ask(world, agent, key);
    const page = await browser.get(path);
    expect(await (await decide(browser, path, "decline")).text()).toContain("You declined this");
    await comesToNothing(path, page, "You declined this");
    const second = await openAgent(world, { clientName: "Second client" });
    const before = await effects(world);
    for (const by of [agent, second]) {
      for (const given of [{}, { confirmationText: offer.confirmationText }]) {
        const answer = await by.call("start_checkout", await unconfirmed(world, key, given));
        expect(answer).toMatchObject({ code: "ineligible_state", detail: expect.stringContaining("declined") });
      }
    }
    expect(await effects(world)).toEqual(before);
    expect(await agent.standing(key)).toMatchObject({ status: "failed", problem: { code: "ineligible_state" } });
    // What they want after all has a key of its own.
    expect((await decide(browser, await ask(world, agent, newKey()), { approve: offer.confirmationText })).status).toBe(
      200,
    );
  });

  test("a no stays a no for this call, whatever else was asked under its key since", async () => {
    const key = newKey();
    await decide(browser, await ask(world, agent, key), "decline");
    await ask(world, agent, key, { orderBumpIds: [BUMP] });
    const before = await effects(world);
    for (const given of [{}, { confirmationText: offer.confirmationText }]) {
      expect(await agent.call("start_checkout", await unconfirmed(world, key, given))).toMatchObject({
        code: "ineligible_state",
        detail: expect.stringContaining("declined"),
      });
    }
    expect(await effects(world)).toEqual(before);
  });

  test("a no between the reading of a call and its commit counts as if it had been read", async () => {
    const declining = async (path: string) => {
      const fields = { ...hiddenFields(await (await browser.get(path)).text(), path), decision: "decline" };
      return async () => {
        const said = await browser.post(path, fields);
        expect(await said.text()).toContain("You declined this");
      };
    };
    const key = newKey();
    const path = await ask(world, agent, key);
    const before = await effects(world);
    world.database.interrupt(2, await declining(path));
    const given = { confirmationText: offer.confirmationText };
    const complete = await agent.call("start_checkout", await unconfirmed(world, key, given));
    world.database.reset();
    expect(complete).toMatchObject({ code: "ineligible_state", detail: expect.stringContaining("declined") });
    expect([await statusOf(path), await effects(world)]).toEqual(["declined", before]);

    // Asked through another client, as another approval: nothing takes the place of what was declined.
    const second = await openAgent(world, { clientName: "Second client" });
    const other = newKey();
    const waiting = await ask(world, agent, other);
    const args = await unconfirmed(world, other);
    world.database.interrupt(2, await declining(waiting));
    const asked = await second.call("start_checkout", args);
    world.database.reset();
    expect(asked).toMatchObject({ code: "ineligible_state", detail: expect.stringContaining("declined") });
    expect(await world.all("SELECT status FROM approvals WHERE idempotency_key = ?", other)).toEqual([
      { status: "declined" },
    ]);
  });

  test("two clients of one person: each asks for itself, and the later one is what waits", async () => {
    const second = await openAgent(world, { clientName: "Second client" });
    const key = newKey();
    const first = await ask(world, agent, key);
    const other = await ask(world, second, key);
    expect([await statusOf(first), await statusOf(other)]).toEqual(["withdrawn", "pending"]);
    const shown = await (await browser.get(other)).text();
    expect(shown).toContain("Second client");
    expect((await decide(browser, other, { approve: offer.confirmationText })).status).toBe(200);
    // The operation is the person's: either client learns of it, and it names the one that asked.
    for (const by of [agent, second]) expect(await by.standing(key)).toMatchObject({ status: "succeeded" });
    const [operation] = await world.all("SELECT client_id FROM operations WHERE idempotency_key = ?", key);
    expect(operation?.client_id).toBe(second.token.clientId);
  });

  test("the same call at once, 20 times, waits once, and every answer has the one link", async () => {
    const args = await unconfirmed(world, newKey());
    const asked = await Promise.all(Array.from({ length: 20 }, () => agent.call("start_checkout", args)));
    const links = new Set(
      asked.flatMap(({ code, approvalUrl }) => (code === "approval_required" ? [approvalUrl] : [])),
    );
    for (const { code } of asked) expect(["approval_required", "operation_in_progress"]).toContain(code);
    expect(links.size).toBe(1);
    expect(await statusOf([...links][0] ?? "")).toBe("pending");
  });

  test("three may wait for one client, five for one person, the next is told to wait, however they come", async () => {
    const others = [await openAgent(world, { clientName: "Second" }), await openAgent(world, { clientName: "Third" })];
    const all = async (by: Agent) => {
      const calls = await Promise.all(Array.from({ length: 6 }, () => unconfirmed(world, newKey())));
      const asked = await Promise.all(calls.map((args) => by.call("start_checkout", args)));
      return {
        asked,
        codes: asked.map(({ code }) => code).sort(),
        refused: calls[asked.findIndex(({ code }) => code === "rate_limited")] ?? {},
      };
    };
    const first = await all(agent);
    expect(first.codes).toEqual([...Array(3).fill("approval_required"), ...Array(3).fill("rate_limited")]);
    await world.advance(200);
    const told = await agent.call("start_checkout", first.refused);
    // Until the oldest of the client's three runs out.
    expect(told).toMatchObject({ code: "rate_limited", retryAfterSeconds: 400 });
    expect(told.detail).toContain("3 of this client's approvals wait");
    // The person's other clients have what is left of five, and none has more.
    const second = await all(others[0] ?? agent);
    expect(second.codes).toEqual([...Array(2).fill("approval_required"), ...Array(4).fill("rate_limited")]);
    const third = await (others[1] ?? agent).call("start_checkout", await unconfirmed(world, newKey()));
    expect(third).toMatchObject({ code: "rate_limited", retryAfterSeconds: 400 });
    expect(third.detail).toContain("5 approvals wait");
    // The owner is told that the bounds were met.
    const health = await openAgent(world, { person: OWNER, scopes: ["owner:read"] });
    const { content } = await health.call("read_commerce", { uri: "commerce://health" });
    const met = (content as { boundsMet: { bound: string; most: number }[] }).boundsMet;
    expect(met.map(({ bound, most }) => [bound, most]).sort()).toEqual([
      ["approvalsOfAClient", 3],
      ["approvalsOfAPerson", 5],
    ]);
    // Another person has five of their own; a decision, or time, makes room.
    const owner = await openAgent(world, { person: OWNER });
    await ask(world, owner, newKey());
    const waiting = first.asked.find(({ code }) => code === "approval_required");
    await decide(browser, pathIn(waiting ?? {}), "decline");
    pathIn(await agent.call("start_checkout", first.refused));
    await world.advance(10 * 60 + 1);
    for (let more = 0; more < 3; more++) await ask(world, agent, newKey());
  });

  test("many clients at once leave five waiting", async () => {
    const clients: Agent[] = [];
    for (const clientName of ["One", "Two", "Three", "Four"]) clients.push(await openAgent(world, { clientName }));
    const calls = await Promise.all(Array.from({ length: 12 }, () => unconfirmed(world, newKey())));
    const asked = await Promise.all(
      calls.map((args, at) => (clients[at % clients.length] ?? agent).call("start_checkout", args)),
    );
    const codes = asked.map(({ code }) => code).sort();
    expect(codes).toEqual([...Array(5).fill("approval_required"), ...Array(7).fill("rate_limited")]);
  });

  test("a place is free as soon as what held it can no longer be approved", async () => {
    const keys = Array.from({ length: 4 }, newKey);
    const paths = [];
    const other = await openAgent(world, { clientName: "Other client" });
    for (const [at, key] of keys.entries()) paths.push(await ask(world, at < 2 ? agent : other, key));
    const passing = await openAgent(world, { clientName: "Passing client" });
    const theirs = await ask(world, passing, newKey());
    expect((await agent.call("start_checkout", await unconfirmed(world, newKey()))).code).toBe("rate_limited");
    await revoke(world.send, passing.token, passing.token.refreshToken);
    expect(await statusOf(theirs)).toBe("withdrawn");
    await ask(world, agent, newKey());
    expect((await agent.call("start_checkout", await unconfirmed(world, newKey()))).code).toBe("rate_limited");
    // The version that all of them wait on moves: none of them holds a place against the next.
    await world.all("UPDATE commerce_prices SET updated_at = updated_at + 60000 WHERE id LIKE '%launch-pass%'");
    await ask(world, agent, newKey());
    for (const path of paths) expect(await statusOf(path)).toBe("withdrawn");
    for (const key of keys) expect(await agent.standing(key)).toMatchObject({ problem: { code: "stale_state" } });
  });

  test("what is raised between the reading and the commit counts as if it had been read", async () => {
    const args = { ...(await unconfirmed(world, newKey())), confirmationText: offer.confirmationText };
    const before = await effects(world);
    world.database.interrupt(2, () => setMinimum(world, "start_checkout", "elicited"));
    const refused = await agent.call("start_checkout", args);
    world.database.reset();
    expect(refused.code).toBe("approval_required");
    expect(await effects(world)).toEqual(before);
    await setMinimum(world, "start_checkout", "argument");
    const done = await agent.call("start_checkout", args);
    expect(done).toMatchObject({ replayed: false, confirmation: { proof: "argument" } });
  });

  test("a file's bytes can't wait; announced, it is approved like any call and gives its link to the app that asked", async () => {
    const owner = await openAgent(world, { person: OWNER, scopes: ["owner:read", "owner:write"] });
    const other = await openAgent(world, { person: OWNER, scopes: ["owner:read", "owner:write"] });
    const body = freshPdf();
    const { input, ...envelope } = await confirmedUpload(world, announced(body));
    const args = { ...input, ...envelope, idempotencyKey: newKey() };
    const before = await effects(world);
    for (const minimum of ["elicited", "approval_page", "passkey"] as const) {
      await setMinimum(world, "upload_product_asset", minimum);
      const refused = await owner.call("upload_product_asset", { ...args, bodyBase64: base64Of(body) });
      expect(refused).toMatchObject({ code: "confirmation_required", field: "bodyBase64" });
      expect(refused.detail).toContain("repeat it without");
      expect(refused.approvalUrl).toBeUndefined();
    }
    expect(await effects(world)).toEqual(before);
    expect(await world.all("SELECT id FROM approvals")).toEqual([]);

    await setMinimum(world, "upload_product_asset", "elicited");
    const path = pathIn(await owner.call("upload_product_asset", args));
    expect(await effects(world)).toEqual(before);
    const done = await decide(await browserOf(world, OWNER), path, { approve: envelope.confirmationText });
    expect(done.status).toBe(200);
    const [again, standing] = [
      await owner.call("upload_product_asset", args),
      await owner.standing(args.idempotencyKey),
    ];
    expect(again).toMatchObject({ replayed: true, confirmation: { proof: "approval_page" } });
    const { uploadUrl } = again.result as { uploadUrl: string };
    expect(standing.result).toEqual(again.result);
    expect(JSON.stringify(await other.standing(args.idempotencyKey))).not.toContain("uploadUrl");
    const put = await world.fetch(uploadUrl, { method: "PUT", body: body as BodyInit });
    expect([put.status, ((await put.json()) as { status: string }).status]).toEqual([201, "stored_private"]);

    // A no to the announcement is a no to its bytes too, for a day and under every key.
    const second = freshPdf();
    const { input: next } = await confirmedUpload(world, announced(second));
    const announcement = { ...next, ...envelope, idempotencyKey: newKey() };
    await setMinimum(world, "upload_product_asset", "argument");
    const { confirmationText: _, ...unasked } = announcement;
    await decide(await browserOf(world, OWNER), pathIn(await owner.call("upload_product_asset", unasked)), "decline");
    const after = await effects(world);
    const bytes = { ...announcement, bodyBase64: base64Of(second), idempotencyKey: newKey() };
    expect(await owner.call("upload_product_asset", bytes)).toMatchObject({
      code: "confirmation_required",
      detail: expect.stringContaining("declined"),
    });
    expect(await effects(world)).toEqual(after);
    const third = freshPdf();
    const { input: free } = await confirmedUpload(world, announced(third));
    const stored = { ...free, ...envelope, bodyBase64: base64Of(third), idempotencyKey: newKey() };
    expect((await owner.call("upload_product_asset", stored)).code).toBeUndefined();
  });
});
