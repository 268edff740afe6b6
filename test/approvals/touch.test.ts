import { beforeAll, beforeEach, expect, test } from "vitest";
import type { FaultRequest } from "../../src/dev/stripe-sandbox/client.ts";
import { type SoftKey, sign } from "../support/authenticator.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { evidence } from "../support/evidence.ts";
import { CREATE, LIST } from "../support/launch-pass.ts";
import { tell } from "../support/tell.ts";
import { BUYER, OWNER } from "../support/world.ts";
import {
  type Agent,
  ask,
  browserOf,
  decide,
  effects,
  openAgent,
  pathIn,
  readOffer,
  setMinimum,
  storedProofs,
  storiesAreWhole,
  unconfirmed,
} from "./asking.ts";
import { givePasskey, openApproval, sendTouch, touch } from "./touching.ts";

const DONE = "carried out just now";

describeInWorld("a touch", { reset: true }, (world) => {
  let agent: Agent;
  let browser: Awaited<ReturnType<typeof browserOf>>;
  let key: SoftKey;
  beforeAll(async () => {
    agent = await openAgent(world);
    browser = await browserOf(world);
  });
  beforeEach(async () => {
    for (const table of ["approvals", "passkeys", "minimum_proofs"]) await world.all(`DELETE FROM ${table}`);
    key = await givePasskey(world);
  });
  let keys = 0;
  const newKey = () => `touch-${++keys}`;
  const counters = () => world.all("SELECT counter, last_used_at > 0 AS used FROM passkeys");
  const refusedCounters = () =>
    world.all("SELECT * FROM payment_audit_events WHERE event_kind = 'passkey_counter_refused'");

  test("approves what waits, is the proof everywhere, and counts on", async () => {
    const idempotencyKey = newKey();
    const path = await ask(world, agent, idempotencyKey);
    const answer = await touch(browser, path, key);
    expect([answer.status, answer.words.includes(DONE)]).toEqual([200, true]);
    const told = await agent.standing(idempotencyKey);
    expect(told).toMatchObject({ status: "succeeded", confirmation: { proof: "passkey" } });
    expect(await storedProofs(world, told.operationId)).toEqual(["passkey"]);
    expect(await counters()).toEqual([{ counter: 2, used: 1 }]);
    await storiesAreWhole(world);
    expect(await (await browser.get(path)).text()).toContain("You approved this");
  });

  test("a key that counts nothing approves again and again", async () => {
    await world.all("DELETE FROM passkeys");
    key = await givePasskey(world, BUYER, "RS256", { counts: false });
    for (let round = 0; round < 2; round++) {
      expect(await touch(browser, await ask(world, agent, newKey()), key)).toMatchObject({ status: 200 });
    }
    expect(await counters()).toEqual([{ counter: 0, used: 1 }]);
  });

  test("comes first for a person with a passkey, and typing stays the other way", async () => {
    const offer = await readOffer(world);
    const path = await ask(world, agent, newKey());
    const { html } = await openApproval(browser, path);
    expect(html.indexOf("Approve with your passkey")).toBeLessThan(html.indexOf("Type the text instead"));
    expect(html).not.toContain("Add a passkey");
    const { fields } = await openApproval(browser, path);
    const typed = { ...fields, decision: "approve", confirmationText: "I agree" };
    const wrong = await browser.post(path, typed);
    expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringContaining("<details open")]);
    const right = await browser.post(path, { ...typed, confirmationText: offer.confirmationText });
    expect([right.status, await right.text()]).toEqual([200, expect.stringContaining(DONE)]);

    // A no needs neither.
    const other = await ask(world, agent, newKey());
    const no = await browser.post(other, { ...(await openApproval(browser, other)).fields, decision: "decline" });
    expect(await no.text()).toContain("You declined this");
  });

  test("is offered quietly to a person without a passkey, whose typed form is as before", async () => {
    await world.all("DELETE FROM passkeys");
    const offer = await readOffer(world);
    const path = await ask(world, agent, newKey());
    const page = await browser.get(path);
    const html = await page.text();
    expect(html).toContain(`/account/passkeys?returnTo=${encodeURIComponent(path)}`);
    expect([html.includes("data-passkey"), page.headers.get("Content-Security-Policy")]).toEqual([
      false,
      expect.not.stringContaining("script-src"),
    ]);
    expect(await (await decide(browser, path, { approve: offer.confirmationText })).text()).toContain(DONE);
  });

  test("alone approves where the rule asks for it, for buyer and owner", async () => {
    // The agents sign in without one.
    await world.all("DELETE FROM passkeys");
    const offer = await readOffer(world);
    await setMinimum(world, "review_commission_evidence", "passkey");
    const owner = await openAgent(world, { person: OWNER, scopes: ["owner:read", "owner:write"] });
    const review = async () => {
      const { commissionLedgerId, updatedAt } = await evidence(world, BUYER, newKey());
      const args = { commissionLedgerId, actionKind: "reverse_evidence", expectedUpdatedAt: updatedAt };
      return pathIn(await owner.call("review_commission_evidence", { ...args, idempotencyKey: newKey() }));
    };
    const reviewed = await review();
    await setMinimum(world, "start_checkout", "passkey");
    for (const [person, path, text] of [
      [BUYER, await ask(world, agent, newKey()), offer.confirmationText],
      [OWNER, reviewed, "Apply owner review action to Bumpgrade commission ledger evidence"],
    ] as const) {
      await world.all("DELETE FROM passkeys");
      const theirs = await browserOf(world, person);
      const before = await effects(world);
      const without = await (await theirs.get(path)).text();
      expect(without).toContain("you have none yet");
      expect(without).toContain(`/account/passkeys?returnTo=${encodeURIComponent(path)}`);
      expect(without).not.toContain("confirmationText");
      const own = await givePasskey(world, person, "EdDSA");
      const { html, fields } = await openApproval(theirs, path);
      expect(html).toContain("<noscript>");
      expect(html).not.toContain("Type the text instead");
      const typed = await theirs.post(path, { ...fields, decision: "approve", confirmationText: text });
      expect([typed.status, await typed.text()]).toEqual([409, expect.stringContaining("approved with a passkey")]);
      expect(await effects(world)).toEqual(before);
      const touched = await touch(theirs, path, own);
      expect([touched.status, touched.words.includes(DONE)], touched.words).toEqual([200, true]);
    }
  });

  test("continues what it began, and a second copy of the same answer counts for nothing", async () => {
    const idempotencyKey = newKey();
    const path = await ask(world, agent, idempotencyKey);
    const page = await openApproval(browser, path);
    const first = JSON.stringify(await sign(key, page.challenge));
    await world.sandbox.fault({ kind: "drop_connection_after", times: 9, target: "api", path: CREATE } as FaultRequest);
    await world.sandbox.fault({ kind: "drop_connection_before", times: 9, target: "api", path: LIST } as FaultRequest);
    world.quiet = true;
    const unknown = await sendTouch(browser, page, first);
    expect([unknown.status, unknown.words.includes("not known yet")]).toEqual([502, true]);
    await world.sandbox.clearFaults();
    const before = await effects(world);
    expect((await sendTouch(browser, page, first)).status).toBe(409);
    expect(
      (await sendTouch(browser, page, JSON.stringify(await sign(key, page.challenge, { userVerified: false })))).status,
    ).toBe(422);
    expect(await effects(world)).toEqual(before);
    expect(await refusedCounters()).toEqual([]);
    const again = await sendTouch(browser, page, JSON.stringify(await sign(key, page.challenge)));
    expect([again.status, again.words.includes(DONE)], again.words).toEqual([200, true]);
    expect(await agent.standing(idempotencyKey)).toMatchObject({
      status: "succeeded",
      confirmation: { proof: "passkey" },
    });
    expect((await effects(world)).sessions).toBe(before.sessions);
  });

  test("a counter that goes back is refused and audited, with nothing else changed", async () => {
    await world.all("UPDATE passkeys SET counter = 9");
    const path = await ask(world, agent, newKey());
    const before = await effects(world);
    for (const counter of [8, 9, 0])
      expect(await touch(browser, path, key, { counter })).toMatchObject({ status: 422 });
    expect(await refusedCounters()).toHaveLength(3);
    expect({ ...(await effects(world)), audits: 0 }).toEqual({ ...before, audits: 0 });
    expect(await counters()).toEqual([{ counter: 9, used: null }]);
    expect(await touch(browser, path, key, { counter: 10 })).toMatchObject({ status: 200 });
  });

  test.for([
    [25, 25],
    [0, 50],
  ])("%i typed and %i touched at once: one use, one effect", async ([typed = 0, touched = 0], { task }) => {
    const offer = await readOffer(world);
    const idempotencyKey = newKey();
    const path = pathIn(await agent.call("start_checkout", await unconfirmed(world, idempotencyKey)));
    const page = await openApproval(browser, path);
    const touches: string[] = [];
    for (let made = 0; made < touched; made++) touches.push(JSON.stringify(await sign(key, page.challenge)));
    const before = await effects(world);
    const sent = { ...page.fields, decision: "approve", confirmationText: offer.confirmationText };
    const type = async () => {
      const answer = await browser.post(path, sent);
      return { status: answer.status, words: await answer.text() };
    };
    const answers = await Promise.all([
      ...touches.map((credential) => sendTouch(browser, page, credential)),
      ...Array.from({ length: typed }, type),
    ]);
    expect(answers.filter(({ words }) => words.includes(DONE))).toHaveLength(1);
    const after = await effects(world);
    const counted = (await refusedCounters()).length;
    expect({ ...after, audits: 0 }).toEqual({
      approved: before.approved + 1,
      operations: before.operations + 1,
      checkouts: before.checkouts + 1,
      sessions: before.sessions + 1,
      audits: 0,
    });
    const told = await agent.standing(idempotencyKey);
    const [proof] = await storedProofs(world, told.operationId);
    if (typed === 0) expect(proof).toBe("passkey");
    const rows = await world.all("SELECT * FROM confirmation_assertions WHERE operation_id = ?", told.operationId);
    expect(rows).toHaveLength(proof === "passkey" ? 1 : 0);
    tell(task, "S4", {
      counts: { "approvals at once": typed + touched },
      worst: { "uses of an approval": after.approved - before.approved },
    });
    console.info(`${typed} typed and ${touched} touched at once: 1 use, by ${proof}; ${counted} counts refused`);
  });

  test("two approvals with one answer's counter: the later of two uses is refused", async () => {
    const [one, two] = [await ask(world, agent, newKey()), await ask(world, agent, newKey())];
    const pages = [await openApproval(browser, one), await openApproval(browser, two)];
    const signed = await Promise.all(
      pages.map(async (page) => JSON.stringify(await sign(key, page.challenge, { counter: 5 }))),
    );
    const answers = await Promise.all(pages.map((page, at) => sendTouch(browser, page, signed[at] ?? "")));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422]);
  });
});
