import { beforeAll, beforeEach, expect, test } from "vitest";
import { type Agent, effects, openAgent, setMinimum, storedProofs } from "../approvals/asking.ts";
import { announced, base64Of, freshPdf } from "../support/asset-files.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { confirmedUpload } from "../support/upload-story.ts";
import { OWNER } from "../support/world.ts";
import { CLIENT_KINDS, play } from "./client-kinds.ts";
import { type Round, wireCall } from "./wire-call.ts";

const TOOL = "upload_product_asset";
const TEXT = "Create private product asset upload intent";

describeInWorld("a call with the bytes of a file, which no approval can hold", { reset: true }, (world) => {
  let owner: Agent;
  beforeAll(async () => {
    owner = await openAgent(world, { person: OWNER, scopes: ["owner:write"] });
  });
  beforeEach(() => setMinimum(world, TOOL, "elicited"));

  let keys = 0;
  async function call(body = freshPdf(), more: object = {}) {
    const { input, expectedUpdatedAt } = await confirmedUpload(world, {
      ...announced(body),
      bodyBase64: base64Of(body),
    });
    return { ...input, expectedUpdatedAt, idempotencyKey: `form-${++keys}`, ...more } as Record<string, unknown>;
  }
  const send = (args: object, round: Round = {}, by = owner) => wireCall(world, by, args, { tool: TOOL, ...round });
  const stateOf = async (args: object) => (await send(args)).asked.requestState;

  test.each(CLIENT_KINDS)("$name", async (kind) => {
    const client = await play(world, kind, owner.token.accessToken);
    const shows =
      kind.era === "2026" && kind.elicitation && ("form" in kind.elicitation || !("url" in kind.elicitation));
    const [args, before] = [await call(), await effects(world)];
    client.react = () => ({ action: "accept", content: { confirmationText: TEXT } });
    const answer = await client.call(TOOL, { ...args, confirmationText: TEXT });
    if (!shows) {
      expect(answer).toMatchObject({ code: "confirmation_required", field: "bodyBase64" });
      expect([client.shown, await effects(world)]).toEqual([[], before]);
      return;
    }
    expect(client.shown).toHaveLength(1);
    expect(answer).toMatchObject({ confirmation: { proof: "elicited" }, result: { status: "stored_private" } });
    expect(await storedProofs(world, answer.operationId)).toEqual(["elicited"]);
    expect(await world.all("SELECT id FROM approvals WHERE write_name = ?", TOOL)).toEqual([]);
  });

  test("the answer of a form is for the exact bytes, key, app and time that it was shown for", async () => {
    const args = await call();
    const state = await stateOf(args);
    const others: readonly (readonly [string, Record<string, unknown>, Agent?])[] = [
      ["other bytes", { ...args, ...(await call()), idempotencyKey: args.idempotencyKey }],
      ["another key", { ...args, idempotencyKey: "form-other" }],
      ["another name", { ...args, fileName: "other.pdf" }],
      ["no bytes", Object.fromEntries(Object.entries(args).filter(([name]) => name !== "bodyBase64"))],
      ["another app", args, await openAgent(world, { person: OWNER, scopes: ["owner:write"], clientName: "Other" })],
    ];
    const before = await effects(world);
    for (const [what, given, by] of others) {
      const { answer } = await send(given, { state, typed: TEXT }, by);
      expect([what, answer.code]).toEqual([what, "ineligible_state"]);
    }
    for (const typed of ["", "yes", TEXT.toLowerCase()]) {
      expect((await send(args, { state, typed })).answer.code).toBe("confirmation_mismatch");
    }
    expect((await send(args, { state: `${state}x`, typed: TEXT })).answer.code).toBe("ineligible_state");
    expect(await effects(world)).toEqual(before);
    await world.advance(10 * 60);
    expect((await send(args, { state, typed: TEXT })).answer.code).toBe("ineligible_state");
    expect(await effects(world)).toEqual(before);
    const fresh = await stateOf(args);
    const done = await send(args, { state: fresh, typed: TEXT });
    expect(done.answer).toMatchObject({ replayed: false, confirmation: { proof: "elicited" } });
    // Sent again, it is the same operation.
    expect((await send(args, { state: fresh, typed: TEXT })).answer).toMatchObject({
      replayed: true,
      operationId: done.answer.operationId,
    });
  });

  test("where our page is asked for, no form is shown, and an earlier answer is too weak", async () => {
    const args = await call();
    const state = await stateOf(args);
    const before = await effects(world);
    for (const minimum of ["approval_page", "passkey"] as const) {
      await setMinimum(world, TOOL, minimum);
      for (const round of [{}, { state, typed: TEXT }]) {
        const { answer, asked } = await send(args, round);
        expect([answer.code, asked.requestState]).toEqual(["confirmation_required", undefined]);
      }
    }
    expect(await effects(world)).toEqual(before);
  });
});
