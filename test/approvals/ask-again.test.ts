import { afterEach, beforeAll, expect, test } from "vitest";
import { reviewCommissionEvidence } from "../../tools/review-commission-evidence.ts";
import { startCheckout } from "../../tools/start-checkout.ts";
import { CLIENT_KINDS, type PlayedClient, play, type Reaction } from "../clients/client-kinds.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { httpDoor } from "../support/doors.ts";
import { evidence } from "../support/evidence.ts";
import { OFFER } from "../support/launch-pass.ts";
import {
  authorizeUrl,
  codeIn,
  discover,
  hiddenFields,
  type ObtainedToken,
  obtainToken,
  redeemCode,
  refresh,
} from "../support/oauth.ts";
import { ownerDoors } from "../support/owner-doors.ts";
import { click } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER, type World } from "../support/world.ts";
import { browserOf, decide, effects, pathIn, readOffer, unconfirmed } from "./asking.ts";

/** Another grant of a client that is registered already: another session of the same app. */
async function grantAgain(world: World, { clientId }: ObtainedToken, resource: "mcp" | "api"): Promise<ObtainedToken> {
  const [browser, address, redirectUri] = [
    await browserOf(world),
    `${ORIGIN}/${resource}`,
    "http://localhost:6543/callback",
  ];
  const server = await discover(world.send, address);
  const scopes = ["checkout:write"];
  const { url, verifier, state } = await authorizeUrl(server, { clientId, redirectUri, scopes, resource: address });
  const answer = await browser.submit(await browser.get(url), "/authorize", { decision: "allow", scope: scopes });
  return redeemCode(world.send, server, {
    ...codeIn(answer, state),
    clientId,
    redirectUri,
    verifier,
    resource: address,
  });
}

/** What a call came to, at any door. */
interface Told {
  readonly code?: string | undefined;
}

describeInWorld("a no, then every way to ask again", {}, (world) => {
  let token: ObtainedToken;
  let plain: PlayedClient;
  let browser: Awaited<ReturnType<typeof browserOf>>;
  let text: string;
  let keys = 0;
  const newKey = () => `again-${++keys}`;
  const DECLINED = "the-declined-key";
  const kind = (name: string) => CLIENT_KINDS.find((one) => one.name.startsWith(name)) ?? CLIENT_KINDS[0];

  beforeAll(async () => {
    const resource = `${ORIGIN}/mcp`;
    token = await obtainToken({ fetch: world.send, origin: ORIGIN, as: BUYER, resource, scopes: ["checkout:write"] });
    plain = await open("Claude on the web");
    browser = await browserOf(world);
    text = (await readOffer(world)).confirmationText;
    await decide(browser, pathIn(await plain.call(startCheckout.name, await call(DECLINED))), "decline");
  });
  /** Few approvals may wait at once; the no of the first test stands. */
  afterEach(() =>
    world.all("UPDATE approvals SET status = 'expired', arguments_sealed = NULL WHERE status = 'pending'"),
  );

  async function open(name: string, access = token): Promise<PlayedClient> {
    const found = kind(name);
    if (!found) throw new Error("no such kind");
    return play(world, found, access.accessToken);
  }
  const call = (key: string, more: Record<string, unknown> = {}) => unconfirmed(world, key, more);

  /** Runs a way to ask again. It comes to nothing but a question on our page, or stays declined. */
  async function comesToNothing(name: string, ask: () => Promise<Told>, code = "approval_required") {
    const before = await effects(world);
    const told = await ask();
    expect([name, told.code], JSON.stringify(told)).toEqual([name, code]);
    expect([name, await effects(world)]).toEqual([name, before]);
    await world.all("UPDATE approvals SET status = 'expired', arguments_sealed = NULL WHERE status = 'pending'");
  }

  test.each(CLIENT_KINDS)("through $name", async ({ name, way, era }) => {
    const client = await open(name);
    // A client that answers whatever it is asked, with the exact text. No form may be shown: a form is no page.
    client.react = ({ mode }): Reaction => {
      if (mode === "url") return { action: "accept" };
      throw new Error("asked in a form");
    };
    const confirmationText = text;
    const write = startCheckout.name;
    await comesToNothing(
      "same key, text",
      async () => client.call(write, await call(DECLINED, { confirmationText })),
      "ineligible_state",
    );
    await comesToNothing("same key", async () => client.call(write, await call(DECLINED)), "ineligible_state");
    await comesToNothing("new key, text", async () => client.call(write, await call(newKey(), { confirmationText })));
    await comesToNothing("new key", async () => client.call(write, await call(newKey())));
    const key = newKey();
    await client.call(write, await call(key));
    await comesToNothing("again under that key, with the text", async () =>
      client.call(write, await call(key, { confirmationText })),
    );
    expect(
      client.shown.every(({ mode }) => mode === "url"),
      `${way} ${era}`,
    ).toBe(true);
    expect(await client.call("get_operation", { idempotencyKey: DECLINED })).toMatchObject({
      status: "failed",
      problem: { code: "ineligible_state", detail: expect.stringContaining("declined") },
    });
  });

  test("in other spellings of the same call", async () => {
    const { expectedUpdatedAt } = await call("x");
    const spellings: Record<string, () => Promise<Record<string, unknown>> | Record<string, unknown>> = {
      "an empty list for none": () => ({ orderBumpIds: [] }),
      "null for what is left out": () => ({ orderBumpIds: null, referralClickId: null }),
      "another referral": async () => ({ referralClickId: await click(world) }),
    };
    for (const [name, more] of Object.entries(spellings)) {
      await comesToNothing(name, async () =>
        plain.call(startCheckout.name, await call(newKey(), { ...(await more()), confirmationText: text })),
      );
    }
    const turned = { confirmationText: text, expectedUpdatedAt, offerId: OFFER };
    await comesToNothing("members in another order", () =>
      plain.call(startCheckout.name, { ...turned, idempotencyKey: newKey() }),
    );
    await comesToNothing(
      "the same key, spelled otherwise",
      async () => plain.call(startCheckout.name, await call(DECLINED, { orderBumpIds: [], confirmationText: text })),
      "ineligible_state",
    );
  });

  test("over HTTP, in another session of the same app, and with a refreshed token", async () => {
    const confirmationText = text;
    const api = await grantAgain(world, token, "api");
    const http = httpDoor(world, startCheckout.route, { Authorization: `Bearer ${api.accessToken}` });
    const args = async (key: string) => http(await call(key, { confirmationText }));
    await comesToNothing("HTTP, new key", () => args(newKey()));
    await comesToNothing("HTTP, same key", () => args(DECLINED), "ineligible_state");
    await comesToNothing("HTTP, an empty list", async () =>
      http(await call(newKey(), { orderBumpIds: [], confirmationText })),
    );
    const second = await grantAgain(world, token, "mcp");
    for (const [name, access] of [
      ["a second grant", second],
      ["a refreshed token", await refresh(world.send, second)],
    ] as const) {
      const client = await open("Claude on the web", access);
      await comesToNothing(name, async () =>
        client.call(startCheckout.name, await call(newKey(), { confirmationText })),
      );
    }
  });

  test("in a form that was open when the person said no, and between the reading of a call and its commit", async () => {
    const confirmationText = text;
    // Each in a client of its own, whose no this is the first of.
    for (const way of ["form", "commit"] as const) {
      const resource = `${ORIGIN}/mcp`;
      const own = await obtainToken({
        fetch: world.send,
        origin: ORIGIN,
        as: BUYER,
        resource,
        scopes: ["checkout:write"],
      });
      const [asking, forms] = [await open("Claude on the web", own), await open("Claude Code", own)];
      const path = pathIn(await asking.call(startCheckout.name, await call(newKey())));
      const fields = { ...hiddenFields(await (await browser.get(path)).text(), path), decision: "decline" };
      const decline = async () => {
        expect(await (await browser.post(path, fields)).text()).toContain("You declined this");
      };
      const before = await effects(world);
      let answered = 0;
      forms.react = (async () => {
        await decline();
        answered++;
        return { action: "accept", content: { confirmationText } };
      }) as unknown as PlayedClient["react"];
      if (way === "commit") world.database.interrupt(2, decline);
      const told = await (way === "form"
        ? forms.call(startCheckout.name, await call(newKey()))
        : asking.call(startCheckout.name, await call(newKey(), { confirmationText })));
      world.database.reset();
      expect([way, told.code, answered]).toEqual([way, "approval_required", way === "form" ? 1 : 0]);
      expect(await effects(world)).toEqual(before);
    }
  });

  test("an owner's write: with another note, through a form, and by a POST of the owner's own session", async () => {
    const confirmationText = "Apply owner review action to Bumpgrade commission ledger evidence";
    const entry = await evidence(world);
    const input = (key: string, more: Record<string, unknown> = {}) => ({
      commissionLedgerId: entry.commissionLedgerId,
      actionKind: "hold_for_review",
      expectedUpdatedAt: entry.updatedAt,
      idempotencyKey: key,
      ...more,
    });
    const owner = await browserOf(world, OWNER);
    const doors = await ownerDoors(world, reviewCommissionEvidence, OWNER);
    // The session's own question, and its own no: whoever holds the session asks on the page again.
    const asked = await doors.http(input(newKey()));
    await decide(owner, pathIn(asked.body), "decline");
    await comesToNothing("POST of the session", () => doors.http(input(newKey(), { confirmationText })));
    await comesToNothing("with a note", () => doors.http(input(newKey(), { confirmationText, reason: "again" })));
    // The same of an app, whose client would answer a form.
    const access = await world.grant(OWNER, "mcp", [reviewCommissionEvidence.scope]);
    const app = await open("Claude Code", access);
    app.react = () => ({ action: "cancel" });
    await decide(owner, pathIn(await app.call(reviewCommissionEvidence.name, input("of-the-app"))), "decline");
    app.react = () => ({ action: "accept", content: { confirmationText } });
    const shown = app.shown.length;
    await comesToNothing("a form", () => app.call(reviewCommissionEvidence.name, input(newKey())));
    await comesToNothing("a form after another note", () =>
      app.call(reviewCommissionEvidence.name, input(newKey(), { reason: "please" })),
    );
    await comesToNothing("the text", () =>
      app.call(reviewCommissionEvidence.name, input(newKey(), { confirmationText })),
    );
    expect(app.shown.length).toBe(shown);
    await doors.end();
  });

  test("what is left open: another purchase, another app, our page, and a day later", async () => {
    const { withBump } = await readOffer(world);
    const more = { orderBumpIds: ["offer-bump-launch-checklist"], confirmationText: withBump };
    expect(await plain.call(startCheckout.name, await call(newKey(), more))).toMatchObject({ replayed: false });
    const other = await open("Claude on the web", await world.grant(BUYER, "mcp", ["checkout:write"]));
    const confirmationText = text;
    expect(await other.call(startCheckout.name, await call(newKey(), { confirmationText }))).toMatchObject({
      replayed: false,
    });
    const key = newKey();
    const path = pathIn(await plain.call(startCheckout.name, await call(key, { confirmationText })));
    await decide(browser, path, { approve: text });
    expect(await plain.call("get_operation", { idempotencyKey: key })).toMatchObject({
      status: "succeeded",
      confirmation: { proof: "approval_page" },
    });
    await world.all("UPDATE approvals SET decided_at = decided_at - 86400000 WHERE status = 'declined'");
    expect(await plain.call(startCheckout.name, await call(newKey(), { confirmationText }))).toMatchObject({
      replayed: false,
    });
    // The key of the no is used up.
    expect(await plain.call(startCheckout.name, await call(DECLINED, { confirmationText }))).toMatchObject({
      code: "ineligible_state",
    });
  });
});
