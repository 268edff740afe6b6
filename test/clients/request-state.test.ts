import fc from "fast-check";
import { beforeAll, beforeEach, expect, test } from "vitest";
import {
  type Agent,
  browserOf,
  decide,
  effects,
  type Offer,
  openAgent,
  readOffer,
  storedProofs,
  unconfirmed,
} from "../approvals/asking.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { BUMP } from "../support/launch-pass.ts";
import { holds } from "../support/random.ts";
import { click } from "../support/sale.ts";
import { BUYER, OWNER } from "../support/world.ts";
import { type Round, wireCall } from "./wire-call.ts";

describeInWorld("the state of a request", { reset: true }, (world) => {
  let mine: Agent;
  let offer: Offer;
  beforeAll(async () => {
    mine = await openAgent(world);
    offer = await readOffer(world);
  });
  beforeEach(async () => {
    await world.all("UPDATE approvals SET status = 'withdrawn' WHERE status = 'pending'");
  });

  let keys = 0;
  const newKey = () => `state-${++keys}`;

  const send = (agent: Agent, args: Record<string, unknown>, round?: Round) => wireCall(world, agent, args, round);

  /** Asks, and keeps the state that the client is to send back. */
  async function stateOf(agent: Agent, args: Record<string, unknown>): Promise<string> {
    const { asked } = await send(agent, args);
    expect(asked.requestState).toMatch(/^v1\./);
    return asked.requestState;
  }

  /** The right text, typed, under a state that is not good for it: refused, and nothing has moved. */
  async function refused(agent: Agent, args: Record<string, unknown>, round: Round, codes: readonly string[]) {
    const before = await effects(world);
    const { answer } = await send(agent, args, { typed: offer.confirmationText, ...round });
    expect(codes, JSON.stringify(answer)).toContain(answer.code);
    expect(await effects(world)).toEqual(before);
  }

  test("edited at any place, cut, or made up: refused", async () => {
    const args = await unconfirmed(world, newKey());
    const state = await stateOf(mine, args);
    const edited = fc
      .record({ at: fc.integer({ min: 3, max: state.length - 1 }), letter: fc.constantFrom(..."ABCxyz0189-_") })
      .map(({ at, letter }) => `${state.slice(0, at)}${letter}${state.slice(at + 1)}`);
    const [row] = await world.all<{ id: string }>("SELECT id FROM approvals WHERE status = 'pending'");
    const madeUp = [
      "",
      "v1",
      "v1..",
      state.slice(0, -1),
      `${state}A`,
      `x${state}`,
      row?.id ?? "",
      btoa(row?.id ?? ""),
      `v2${state.slice(2)}`,
    ];
    const before = await effects(world);
    const isRefused = async (one: string) => {
      const { answer } = await send(mine, args, { state: one, typed: offer.confirmationText });
      expect([one, answer.code]).toEqual([one, "ineligible_state"]);
    };
    for (const one of madeUp) await isRefused(one);
    // The last letter of base64url holds bits that mean nothing: such a spelling is the same state.
    const others = edited.filter((one) => !sameBytes(one, state));
    await holds("edited states", others, { runs: 150 }, isRefused);
    expect(await effects(world)).toEqual(before);
    for (const wrongType of [1, null, {}, [state]]) {
      await refused(mine, args, { state: wrongType }, ["ineligible_state", "rpc -32602", "rpc -32600"]);
    }
    await refused(mine, args, {}, ["ineligible_state"]);
    // The true one is still good.
    expect((await send(mine, args, { state, typed: offer.confirmationText })).answer).toMatchObject({
      confirmation: { proof: "elicited" },
    });
  });

  test("used once: a second use replays the one answer, and another key or version gets nothing of it", async () => {
    const args = await unconfirmed(world, newKey());
    const state = await stateOf(mine, args);
    const { answer } = await send(mine, args, { state, typed: offer.confirmationText });
    expect(await storedProofs(world, answer.operationId)).toEqual(["elicited"]);
    const before = await effects(world);
    expect((await send(mine, args, { state, typed: offer.confirmationText })).answer).toEqual({
      ...answer,
      replayed: true,
    });
    expect(await effects(world)).toEqual(before);
    await refused(mine, await unconfirmed(world, newKey()), { state }, ["ineligible_state"]);
  });

  test("50 at once with one state: one use, one effect", async () => {
    const args = await unconfirmed(world, newKey());
    const state = await stateOf(mine, args);
    const before = await effects(world);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => send(mine, args, { state, typed: offer.confirmationText })),
    );
    const settled = await mine.call("start_checkout", args);
    for (const { answer } of answers) {
      if (answer.code) expect(["operation_in_progress", "ineligible_state"]).toContain(answer.code);
      else expect(answer.result).toEqual(settled.result);
    }
    const after = await effects(world);
    expect([after.approved, after.operations, after.checkouts, after.sessions]).toEqual([
      before.approved + 1,
      before.operations + 1,
      before.checkouts + 1,
      before.sessions + 1,
    ]);
  });

  test("bound to its call: other arguments, another key, another write, another version", async () => {
    const args = await unconfirmed(world, newKey());
    const state = await stateOf(mine, args);
    const later = new Date(Date.parse(offer.updatedAt) + 1).toISOString();
    await refused(mine, { ...args, orderBumpIds: [BUMP] }, { state, typed: offer.withBump }, ["ineligible_state"]);
    await refused(mine, { ...args, orderBumpIds: [BUMP] }, { state }, ["confirmation_mismatch"]);
    // The sentence is the same with a referral: only the binding tells them apart.
    await refused(mine, { ...args, referralClickId: await click(world) }, { state }, ["ineligible_state"]);
    await refused(mine, { ...args, idempotencyKey: newKey() }, { state }, ["ineligible_state"]);
    await refused(mine, { ...args, expectedUpdatedAt: later }, { state }, ["stale_state"]);
    const { confirmationText, updatedAt } = (await world.read("commerce://plans/experiment")) as Record<string, string>;
    const plan = { planSlug: "experiment", idempotencyKey: newKey(), expectedUpdatedAt: updatedAt };
    await refused(mine, plan, { state, typed: confirmationText, tool: "start_plan_checkout" }, ["ineligible_state"]);
  });

  test("bound to its actor and to its client", async () => {
    const args = await unconfirmed(world, newKey());
    const state = await stateOf(mine, args);
    const others = [
      await openAgent(world, { person: OWNER }),
      await openAgent(world, { person: BUYER, clientName: "Another client" }),
    ];
    for (const other of others) {
      await refused(other, args, { state }, ["ineligible_state"]);
      // What it may have is its own.
      const own = await stateOf(other, args);
      await refused(mine, args, { state: own }, ["ineligible_state"]);
      await world.all("UPDATE approvals SET status = 'withdrawn' WHERE status = 'pending'");
    }
  });

  test("bound to the version that was shown, and to its ten minutes", async () => {
    const moved = await unconfirmed(world, newKey());
    const before = await stateOf(mine, moved);
    await world.all("UPDATE commerce_prices SET updated_at = updated_at + 60000 WHERE id LIKE '%launch-pass%'");
    await refused(mine, moved, { state: before }, ["stale_state"]);
    await refused(mine, await unconfirmed(world, String(moved.idempotencyKey)), { state: before }, [
      "ineligible_state",
    ]);

    const args = await unconfirmed(world, newKey());
    const state = await stateOf(mine, args);
    await world.advance(10 * 60);
    await refused(mine, args, { state }, ["ineligible_state"]);
    expect(await mine.standing(args.idempotencyKey)).toMatchObject({
      status: "failed",
      problem: { code: "approval_required" },
    });
    // Asked anew, the old one stays dead.
    const again = await stateOf(mine, args);
    await refused(mine, args, { state }, ["ineligible_state"]);
    expect((await send(mine, args, { state: again, typed: offer.confirmationText })).answer.code).toBeUndefined();
  });

  test("what was decided on the page is decided for the client too", async () => {
    const browser = await browserOf(world);
    const args = await unconfirmed(world, newKey());
    const state = await stateOf(mine, args);
    const link = (await mine.standing(args.idempotencyKey)).approvalUrl ?? "";
    await decide(browser, new URL(link).pathname, "decline");
    await refused(mine, args, { state }, ["ineligible_state"]);
    expect(await mine.standing(args.idempotencyKey)).toMatchObject({
      status: "failed",
      problem: { code: "ineligible_state", detail: expect.stringContaining("declined") },
    });
  });

  test("a revoked grant takes its questions with it", async () => {
    const passing = await openAgent(world, { clientName: "Passing client" });
    const args = await unconfirmed(world, newKey());
    const state = await stateOf(passing, args);
    await world.all("UPDATE oauth_grants SET revoked_at = 1 WHERE client_id = ?", passing.token.clientId);
    const before = await effects(world);
    expect((await send(passing, args, { state, typed: offer.confirmationText })).status).toBe(401);
    await refused(mine, args, { state }, ["ineligible_state"]);
    expect(await effects(world)).toEqual(before);
  });

  function sameBytes(one: string, other: string): boolean {
    const bytes = (text: string) => {
      try {
        return text
          .split(".")
          .map((part) => atob(part.replaceAll("-", "+").replaceAll("_", "/")))
          .join(".");
      } catch {
        return text;
      }
    };
    return one.startsWith("v1.") && bytes(one.slice(3)) === bytes(other.slice(3));
  }
});
