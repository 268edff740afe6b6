import fc from "fast-check";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { userHandleOf } from "../../src/auth/webauthn.ts";
import { type Knobs, makeKey, type SoftKey, sign } from "../support/authenticator.ts";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { BUMP } from "../support/launch-pass.ts";
import { holds } from "../support/random.ts";
import { size } from "../support/size.ts";
import { tell } from "../support/tell.ts";
import { BUYER, OWNER } from "../support/world.ts";
import { type Agent, ask, browserOf, effects, openAgent } from "./asking.ts";
import { givePasskey, type Opened, openApproval, sendTouch, touch } from "./touching.ts";

/** Operations of each kind whose facts change between the touch and its use. */
const EACH = size({ ci: 12, part: 200 });

type Answer = Awaited<ReturnType<typeof sign>>;
type Part = keyof Answer["response"] & ("clientDataJSON" | "authenticatorData" | "signature");

const bytes = (text: string) => Buffer.from(text, "base64url");
const withPart = (answer: Answer, part: Part, change: (bytes: Buffer) => Buffer): Answer => ({
  ...answer,
  response: { ...answer.response, [part]: change(bytes(answer.response[part])).toString("base64url") },
});

describeInWorld("a touch for something else", { reset: true }, (world) => {
  let agent: Agent;
  let browser: Awaited<ReturnType<typeof browserOf>>;
  let ownerBrowser: Awaited<ReturnType<typeof browserOf>>;
  let key: SoftKey;
  beforeAll(async () => {
    agent = await openAgent(world);
    browser = await browserOf(world);
    ownerBrowser = await browserOf(world, OWNER);
  });
  beforeEach(async () => {
    for (const table of ["approvals", "passkeys"]) await world.all(`DELETE FROM ${table}`);
    key = await givePasskey(world);
  });
  let keys = 0;
  const opened = async (more = {}) => openApproval(browser, await ask(world, agent, `attack-${++keys}`, more));
  const signed = async (page: Opened, knobs: Knobs = {}) => JSON.stringify(await sign(key, page.challenge, knobs));

  const KNOBS: Record<string, Knobs> = {
    "another origin": { origin: "https://evil.test" },
    "another port of our host": { origin: "https://app.test:8443" },
    "our host without TLS": { origin: "http://app.test" },
    "a host under ours": { origin: "https://sub.app.test" },
    "another RP id": { rpId: "evil.test" },
    "the RP id of a host above": { rpId: "test" },
    "no user verification": { userVerified: false },
    "no user presence": { userPresent: false },
    "neither of both": { userPresent: false, userVerified: false },
    "a frame of another site": { crossOrigin: true },
    "a frame that names its site": { crossOrigin: true, topOrigin: "https://evil.test" },
    "a top origin without a frame": { topOrigin: "https://evil.test" },
    "a registration": { type: "webauthn.create" },
    "a payment": { type: "payment.get" },
    "another person's handle": { userHandle: userHandleOf("another") },
    "a changed signature": { spoiled: "signature" },
    "changed authenticator data": { spoiled: "authenticatorData" },
    "changed client data": { spoiled: "clientDataJSON" },
    "a credential that is not there": { id: "bm90LXRoZXJl" },
  };

  test.for(Object.keys(KNOBS))("%s: refused, with no row changed", async (name, { task }) => {
    const page = await opened();
    const answer = await unchanged(world, async () => sendTouch(browser, page, await signed(page, KNOBS[name])));
    expect([answer.status, answer.words.includes("did not confirm")]).toEqual([422, true]);
    tell(task, "S4", { counts: { "forged touches": 1 } });
  });

  test("keys that are not this person's, by their own id and by that of this person's", async () => {
    const page = await opened();
    const stranger = await makeKey();
    const owners = await givePasskey(world, OWNER);
    const rsa = await makeKey("RS256");
    const edwards = await makeKey("EdDSA");
    const answers = [
      await sign(stranger, page.challenge),
      await sign(owners, page.challenge),
      await sign(owners, page.challenge, { userHandle: key.userHandle }),
      ...(await Promise.all([stranger, owners, rsa, edwards].map((signer) => sign(key, page.challenge, { signer })))),
    ];
    await unchanged(world, async () => {
      for (const answer of answers) expect((await sendTouch(browser, page, JSON.stringify(answer))).status).toBe(422);
    });
    // The owner's browser finds nothing under a buyer's link.
    expect((await sendTouch(ownerBrowser, page, await signed(page))).status).toBe(404);
  });

  test("bytes that are cut, grown or exchanged, and texts that are no answer", async ({ task }) => {
    const page = await opened();
    const other = await opened();
    const honest = await sign(key, page.challenge);
    const elsewhere = await sign(key, other.challenge);
    const parts = ["clientDataJSON", "authenticatorData", "signature"] as const;
    const texts = [
      ...parts.flatMap((part) => [
        withPart(honest, part, (whole) => whole.subarray(0, whole.length - 1)),
        withPart(honest, part, (whole) => whole.subarray(0, whole.length >> 1)),
        // Bytes after a signature are refused by the bundle's own reader of it, which has tests of its own.
        ...(part === "signature" ? [] : [withPart(honest, part, (whole) => Buffer.concat([whole, Buffer.from([0])]))]),
        { ...honest, response: { ...honest.response, [part]: elsewhere.response[part] } },
        { ...honest, response: { ...honest.response, [part]: "" } },
        { ...honest, response: { ...honest.response, [part]: "*" } },
        { ...honest, response: { ...honest.response, [part]: "A".repeat(9000) } },
      ]),
      withPart(honest, "clientDataJSON", () => Buffer.from("{}")),
      withPart(honest, "clientDataJSON", () => Buffer.from("null")),
      withPart(honest, "clientDataJSON", () => Buffer.from([0xff, 0xfe])),
      { ...honest, rawId: "AAAA" },
      { ...honest, type: "password" },
      { ...honest, response: {} },
      [honest],
      null,
      7,
    ].map((value) => JSON.stringify(value));
    const all = [...texts, "", "{", "credential", "\0", JSON.stringify(honest).slice(1)];
    await unchanged(world, async () => {
      for (const text of all) {
        expect([text.slice(0, 300), (await sendTouch(browser, page, text)).status]).toEqual([text.slice(0, 300), 422]);
      }
      const long = await sendTouch(browser, page, JSON.stringify({ ...honest, more: "x".repeat(20_000) }));
      expect(long.status).toBe(413);
    });
    expect((await sendTouch(browser, page, JSON.stringify(honest))).status).toBe(200);
    tell(task, "S4", { counts: { "forged touches": all.length } });
  });

  test("a form of another page, session or site counts for nothing", async () => {
    const page = await opened();
    const credential = await signed(page);
    await unchanged(world, async () => {
      for (const fields of [
        {},
        { ...page.fields, formToken: "x" },
        { ...page.fields, shown: "x" },
        { ...page.fields, shown: "" },
      ]) {
        expect([403, 409]).toContain((await sendTouch(browser, { path: page.path, fields }, credential)).status);
      }
    });
  });

  test("replay: on the same approval, on another, and after it ran out", async () => {
    const [page, other] = [await opened(), await opened()];
    const credential = await signed(page);
    expect((await sendTouch(browser, page, credential)).status).toBe(200);
    const before = await effects(world);
    const later = await opened({ orderBumpIds: [BUMP] });
    expect((await sendTouch(browser, page, credential)).status).toBe(409);
    expect((await sendTouch(browser, other, credential)).status).toBe(422);
    expect((await sendTouch(browser, later, credential)).status).toBe(422);
    const late = await signed(later);
    await world.advance(11 * 60);
    expect((await sendTouch(browser, later, late)).status).toBe(409);
    expect(await effects(world)).toEqual(before);
    expect(await world.all("SELECT counter FROM passkeys")).toEqual([{ counter: 2 }]);
  });

  test("the same bytes in place of the random ones make the same question for no other approval", async () => {
    const [page, other] = [await opened(), await opened()];
    const of = async ({ path }: Opened) =>
      (await world.all("SELECT * FROM approvals WHERE id = ?", path.split("/").at(-1)))[0] ?? {};
    await world.all("UPDATE approvals SET challenge_random = ?", (await of(page)).challenge_random);
    const again = await openApproval(browser, other.path);
    expect(again.challenge).not.toBe(page.challenge);
    expect((await sendTouch(browser, again, await signed(page))).status).toBe(422);
  });

  test("a passkey that was removed, or is another person's by now, approves nothing", async () => {
    const page = await opened();
    const credential = await signed(page);
    await world.all("UPDATE passkeys SET user_id = (SELECT id FROM user WHERE email = ?)", OWNER.email);
    expect((await sendTouch(browser, page, credential)).status).toBe(422);
    await world.all("DELETE FROM passkeys");
    expect((await sendTouch(browser, page, credential)).status).toBe(422);
    // Removed between the check and the claim.
    key = await givePasskey(world);
    const again = await openApproval(browser, page.path);
    const before = await effects(world);
    let removed = false;
    // The third round trip: session, approval and passkeys are read by then.
    world.database.interrupt(4, async () => {
      await world.all("DELETE FROM passkeys");
      removed = true;
    });
    const refused = await sendTouch(browser, again, await signed(again));
    world.database.reset();
    expect([removed, refused.status]).toEqual([true, 422]);
    expect(await effects(world)).toEqual(before);
  });

  /** Facts that change between a touch and its use, each with what it changes, from a generated seed. */
  const KINDS: Record<string, (seed: number, id: string) => Promise<unknown>> = {
    amount: (seed) => world.all("UPDATE commerce_prices SET unit_amount_cents = ?", 1 + (seed % 90_000)),
    text: (seed) => world.all("UPDATE commerce_prices SET confirmation_name = ?", `Other thing ${seed}`),
    version: (seed) => world.all("UPDATE commerce_prices SET updated_at = updated_at + ?", 1 + (seed % 1_000_000)),
    async actor(_, id) {
      const [owner] = await world.all<{ id: string }>("SELECT id FROM user WHERE email = ?", OWNER.email);
      await world.all("UPDATE approvals SET actor_id = ?, grant_id = NULL WHERE id = ?", owner?.id, id);
      await world.all("UPDATE passkeys SET user_id = ?", owner?.id);
    },
    client: (seed, id) => world.all("UPDATE approvals SET client_id = ? WHERE id = ?", `client-${seed}`, id),
  };
  const changing = { amount: 1, text: 1, version: 1, actor: 1, client: 1 };

  test.for(Object.keys(changing))(
    "a changed %s makes it another question, for each generated operation",
    { timeout: 3_600_000 },
    async (kind, { task }) => {
      const prices = await world.all(
        "SELECT id, unit_amount_cents, confirmation_name, updated_at FROM commerce_prices",
      );
      const [buyer] = await world.all<{ id: string }>("SELECT id FROM user WHERE email = ?", BUYER.email);
      const before = await effects(world);
      const counted = { tried: 0, accepted: 0 };
      const operations = fc.record({ seed: fc.nat(), bump: fc.boolean(), reopen: fc.boolean() });
      await holds(`touches, other ${kind}`, operations, { runs: EACH }, async ({ seed, bump, reopen }) => {
        await world.all("DELETE FROM approvals");
        const page = await opened(bump ? { orderBumpIds: [BUMP] } : {});
        const credential = await signed(page);
        const id = page.path.split("/").at(-1) ?? "";
        await KINDS[kind]?.(seed, id);
        const by = kind === "actor" ? ownerBrowser : browser;
        // With the newest form of the page too, where it still has one: the answer is the old one.
        const shown = reopen ? await (await by.get(page.path)).text() : "";
        const fields = shown.includes("data-passkey") ? (await openApproval(by, page.path)).fields : page.fields;
        const answer = await sendTouch(by, { path: page.path, fields }, credential);
        counted.tried++;
        if (answer.status < 400) counted.accepted++;
        expect([403, 409, 412, 422]).toContain(answer.status);
        await world.db.batch(
          prices.map((row) =>
            world.db
              .prepare(
                "UPDATE commerce_prices SET unit_amount_cents = ?, confirmation_name = ?, updated_at = ? WHERE id = ?",
              )
              .bind(row.unit_amount_cents, row.confirmation_name, row.updated_at, row.id),
          ),
        );
        await world.all("UPDATE passkeys SET user_id = ?", buyer?.id);
      });
      expect(counted.accepted).toBe(0);
      expect({ ...(await effects(world)), approved: 0 }).toEqual({ ...before, approved: 0 });
      expect(await world.all("SELECT counter FROM passkeys")).toEqual([{ counter: 1 }]);
      tell(task, "S4", {
        counts: { "touches after a changed fact": counted.tried, "of them accepted": counted.accepted },
      });
      console.info(`touches for another ${kind}: ${counted.tried} tried, ${counted.accepted} accepted, 0 rows changed`);
    },
  );

  test("and nothing of this stands in the way of an honest touch", async () => {
    expect((await touch(browser, (await opened()).path, key)).status).toBe(200);
  });
});
