import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type Answer,
  browserOf,
  decide,
  effects,
  type Offer,
  pathIn,
  readOffer,
  setMinimum,
  storedProofs,
  unconfirmed,
} from "../approvals/asking.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { evidence } from "../support/evidence.ts";
import { BUYER, OWNER } from "../support/world.ts";
import { CLIENT_KINDS, type PlayedClient, play } from "./client-kinds.ts";

describeInWorld("kinds of clients", {}, (world) => {
  let token: string;
  let offer: Offer;
  beforeAll(async () => {
    token = await world.token(BUYER, "mcp", ["checkout:write"]);
    offer = await readOffer(world);
  });
  beforeEach(async () => {
    await setMinimum(world, "start_checkout", "argument");
    // What a test leaves waiting is not the next one's.
    await world.all("UPDATE approvals SET status = 'withdrawn' WHERE status = 'pending'");
  });

  let keys = 0;
  const newKey = () => `client-${++keys}`;
  const exact = () => ({ confirmationText: offer.confirmationText });

  /** The proof has to be the same in the answer, in `get_operation`, in the operation's row and in its audit rows. */
  async function proven(client: PlayedClient, key: string, answer: Answer, proof: string) {
    const standing = await client.call("get_operation", { idempotencyKey: key });
    expect(standing).toMatchObject({ status: "succeeded", confirmation: { proof }, result: answer.result });
    expect(standing.operationId).toBe(answer.operationId);
    expect(answer).toMatchObject({ confirmation: { proof }, actorKind: "oauth_client" });
    expect(await storedProofs(world, answer.operationId)).toEqual([proof]);
  }

  /** Nothing came of it, and it still waits. */
  async function stillWaits(client: PlayedClient, key: string, before: Awaited<ReturnType<typeof effects>>) {
    expect(await effects(world)).toEqual(before);
    const standing = await client.call("get_operation", { idempotencyKey: key });
    expect(standing).toMatchObject({
      status: "awaiting_approval",
      approvalUrl: expect.stringContaining("/approvals/"),
    });
    expect(standing.confirmation).toBeUndefined();
  }

  describe.each(CLIENT_KINDS)("$name", (kind) => {
    let client: PlayedClient;
    beforeAll(async () => {
      client = await play(world, kind, token);
    });

    test("is asked in the one way that it can show, and for nothing that it did not declare", async () => {
      const before = await effects(world);
      const seen = client.shown.length;
      const key = newKey();
      client.react = () => ({ action: "cancel" });
      const answer = await client.call("start_checkout", await unconfirmed(world, key));
      expect(answer).toMatchObject({ code: "approval_required", approvalUrl: expect.any(String) });
      const shown = client.shown.slice(seen);
      expect(shown.map(({ mode, url }) => (url ? "url" : (mode ?? "form")))).toEqual(
        kind.way === "link" ? [] : [kind.way],
      );
      if (kind.way === "form") expect(shown[0]?.message).toContain(offer.confirmationText);
      if (kind.way === "url") expect(shown[0]?.url).toBe(answer.approvalUrl);
      await stillWaits(client, key, before);
    });

    test("with the text in the call, the person is not asked, and the proof says so", async () => {
      const key = newKey();
      const seen = client.shown.length;
      const answer = await client.call("start_checkout", { ...(await unconfirmed(world, key)), ...exact() });
      expect(client.shown.length).toBe(seen);
      await proven(client, key, answer, "argument");
    });

    test("the page works for every client: approved there, a repeat of the call answers the outcome", async () => {
      const key = newKey();
      client.react = () => ({ action: "accept" });
      const args = await unconfirmed(world, key);
      if (kind.way === "form") await setMinimum(world, "start_checkout", "approval_page");
      const path = pathIn(await client.call("start_checkout", args));
      const done = await decide(await browserOf(world), path, { approve: offer.confirmationText });
      expect(done.status).toBe(200);
      const answer = await client.call("start_checkout", args);
      expect(answer.replayed).toBe(true);
      await proven(client, key, answer, "approval_page");
    });

    test("where a page is asked for, neither a text in the call nor any answer of the client's will do", async () => {
      await setMinimum(world, "start_checkout", "approval_page");
      const before = await effects(world);
      const key = newKey();
      // A client that answers by itself, in every way there is.
      for (const reaction of [{ action: "accept", content: exact() }, { action: "accept" }] as const) {
        client.react = () => reaction;
        const args = await unconfirmed(world, key);
        for (const given of [args, { ...args, ...exact() }]) {
          expect(await client.call("start_checkout", given)).toMatchObject({
            code: expect.stringMatching(
              kind.way === "url" ? /^(approval_required|ineligible_state)$/ : /^approval_required$/,
            ),
          });
        }
      }
      await stillWaits(client, key, before);
    });

    test("where a person has to be asked, a text in the call is asked about", async () => {
      await setMinimum(world, "start_checkout", "elicited");
      const before = await effects(world);
      const key = newKey();
      const seen = client.shown.length;
      client.react = () => ({ action: "decline" });
      const args = { ...(await unconfirmed(world, key)), ...exact() };
      expect(await client.call("start_checkout", args)).toMatchObject({ code: "approval_required" });
      expect(client.shown.length - seen).toBe(kind.way === "link" ? 0 : 1);
      await stillWaits(client, key, before);
      if (kind.way !== "form") return;
      client.react = () => ({ action: "accept", content: exact() });
      await proven(client, key, await client.call("start_checkout", args), "elicited");
    });
  });

  describe.each(CLIENT_KINDS)("$name: the owner's writes, where the owner has set nothing", (kind) => {
    test("a sentence alone does nothing: it is asked about, and what can't be taken back on our page only", async () => {
      const client = await play(world, kind, await world.token(OWNER, "mcp", ["owner:write"]));
      const { commissionLedgerId, updatedAt } = await evidence(world);
      const sentence = "Apply owner review action to Bumpgrade commission ledger evidence";
      const review = (actionKind: string) => {
        const args = { commissionLedgerId, actionKind, expectedUpdatedAt: updatedAt, confirmationText: sentence };
        return client.call("review_commission_evidence", { ...args, idempotencyKey: newKey() });
      };
      const before = await effects(world);
      client.react = () => ({ action: "cancel" });
      for (const actionKind of ["mark_reviewed", "hold_for_review", "reverse_evidence"]) {
        expect(await review(actionKind)).toMatchObject({
          code: "approval_required",
          approvalUrl: expect.stringContaining("/approvals/"),
        });
        await world.all("UPDATE approvals SET status = 'withdrawn' WHERE status = 'pending'");
      }
      // A form for each that can be taken back, a link for all three, or nothing at all.
      expect(client.shown).toHaveLength({ form: 2, url: 3, link: 0 }[kind.way]);
      // A client that answers in its person's place.
      client.react = () => ({ action: "accept", content: { confirmationText: sentence } });
      await review("reverse_evidence").catch(() => undefined);
      expect(await effects(world)).toEqual(before);
    });
  });

  describe.each(CLIENT_KINDS.filter(({ way }) => way === "form"))("$name: the form", (kind) => {
    let client: PlayedClient;
    beforeAll(async () => {
      client = await play(world, kind, token);
    });

    test("the exact text, typed, carries it out once", async () => {
      const before = await effects(world);
      const key = newKey();
      client.react = () => ({ action: "accept", content: exact() });
      const args = await unconfirmed(world, key);
      const answer = await client.call("start_checkout", args);
      await proven(client, key, answer, "elicited");
      const asked = client.shown.length;
      expect(await client.call("start_checkout", args)).toEqual({ ...answer, replayed: true });
      expect(client.shown.length).toBe(asked);
      const after = await effects(world);
      expect([after.operations - before.operations, after.sessions - before.sessions]).toEqual([1, 1]);
    });

    test("any other text does not, and the person may be asked again", async () => {
      const before = await effects(world);
      const key = newKey();
      const args = await unconfirmed(world, key);
      for (const typed of ["", "yes", `${offer.confirmationText} `, offer.confirmationText.toLowerCase()]) {
        client.react = () => ({ action: "accept", content: { confirmationText: typed } });
        const refused = await client.call("start_checkout", args);
        expect([typed, refused.code]).toEqual([typed, "confirmation_mismatch"]);
        expect(JSON.stringify(refused)).not.toContain(offer.confirmationText);
      }
      await stillWaits(client, key, before);
      client.react = () => ({ action: "accept", content: exact() });
      await proven(client, key, await client.call("start_checkout", args), "elicited");
    });

    test.each([
      ["declined", { action: "decline" }],
      ["cancelled", { action: "cancel" }],
      ["accepted without a word", { action: "accept", content: { other: "yes" } }],
    ] as const)("%s: nothing happens, and the page can still decide", async (_, reaction) => {
      const before = await effects(world);
      const key = newKey();
      client.react = () => reaction as never;
      const args = await unconfirmed(world, key);
      const refused = await client.call("start_checkout", args);
      await stillWaits(client, key, before);
      const done = await decide(await browserOf(world), pathIn(refused), { approve: offer.confirmationText });
      expect(done.status).toBe(200);
      client.react = () => {
        throw new Error("asked after the decision");
      };
      await proven(client, key, await client.call("start_checkout", args), "approval_page");
    });

    test("never shown: the client gives up, and the operation waits", async () => {
      const before = await effects(world);
      const key = newKey();
      client.react = () => {
        throw new Error("the window was closed");
      };
      await client.call("start_checkout", await unconfirmed(world, key)).catch(() => undefined);
      await stillWaits(client, key, before);
    });
  });

  describe.each(CLIENT_KINDS.filter(({ way }) => way === "url"))("$name: the link", (kind) => {
    test("opened means opened: only what the page is told counts", async () => {
      const client = await play(world, kind, token);
      const before = await effects(world);
      const key = newKey();
      const args = await unconfirmed(world, key);
      // Whatever the client sends back with it: it was never asked for a text.
      for (const content of [undefined, {}, { confirmationText: "yes" }, exact()]) {
        client.react = () => ({ action: "accept", ...(content && { content }) }) as never;
        const answer = await client
          .call("start_checkout", args)
          .catch((error: Error) => ({ code: error.message }) as Answer);
        expect(answer.operationId, JSON.stringify(answer)).toBeUndefined();
        await stillWaits(client, key, before);
      }
      client.react = () => ({ action: "decline" });
      const path = pathIn(await client.call("start_checkout", args));
      await decide(await browserOf(world), path, "decline");
      expect(await client.call("start_checkout", args)).toMatchObject({ code: "ineligible_state" });
      expect(await client.call("start_checkout", { ...args, ...exact() })).toMatchObject({ code: "ineligible_state" });
      expect(await effects(world)).toEqual(before);
    });
  });
});
