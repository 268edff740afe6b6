import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { FaultRequest } from "../../src/dev/stripe-sandbox/client.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { CREATE, LIST } from "../support/launch-pass.ts";
import { hiddenFields } from "../support/oauth.ts";
import { sale } from "../support/sale.ts";
import { tell } from "../support/tell.ts";
import type { Fault } from "../support/watched-database.ts";
import {
  type Agent,
  ask,
  browserOf,
  effects,
  type Offer,
  openAgent,
  pathIn,
  readOffer,
  storedProofs,
  storiesAreWhole,
  unconfirmed,
} from "./asking.ts";

const UPSELL = "offer-upsell-launch-accelerator";

describeInWorld("an approval counts once", { reset: true }, (world) => {
  let agent: Agent;
  let browser: Awaited<ReturnType<typeof browserOf>>;
  let offer: Offer;
  beforeAll(async () => {
    agent = await openAgent(world);
    browser = await browserOf(world);
    offer = await readOffer(world);
  });
  beforeEach(async () => {
    await world.all("DELETE FROM approvals");
  });

  afterEach(() => storiesAreWhole(world));

  let keys = 0;
  const newKey = () => `once-${++keys}`;

  /** A way to press Approve on a page that is open, again and again. */
  async function button(path: string, text = offer.confirmationText, decision = "approve") {
    const page = await (await browser.get(path)).text();
    // A page without a form tells how it ended: its person had another one open.
    const account = async () => hiddenFields(await (await browser.get("/account")).text(), "/sign-out");
    const hidden = page.includes(`action="${path}"`) ? hiddenFields(page, path) : await account();
    return async () => {
      const answer = await browser.post(path, { ...hidden, decision, confirmationText: text });
      return { status: answer.status, words: await answer.text() };
    };
  }

  const CARRIED_OUT = /You approved this[\s\S]*carried out at [A-Z][a-z]{2} \d+, 20\d\d, [\s\S]{4,12} UTC/;

  /**
   * One page says that it was carried out just now; every other is refused with how it stands, but for the yes that began
   * it where another finished it.
   */
  function oneIsTold(answers: readonly { status: number; words: string }[]) {
    const told = answers.filter(({ words }) => words.includes("carried out just now"));
    expect(told.map(({ status }) => status)).toEqual([200]);
    const others = answers.filter((answer) => !told.includes(answer));
    expect(others.filter(({ status }) => status !== 409).map(({ status }) => status)).toEqual(
      others.some(({ status }) => status === 200) ? [200] : [],
    );
    for (const { words } of others) expect(words).toMatch(/You approved this|It is being carried out/);
  }

  /** One approval was used, one operation made, and one thing happened. */
  async function once(before: Awaited<ReturnType<typeof effects>>) {
    const after = await effects(world);
    expect({ ...after, audits: 0 }).toEqual({
      approved: before.approved + 1,
      operations: before.operations + 1,
      checkouts: before.checkouts + 1,
      sessions: before.sessions + 1,
      audits: 0,
    });
  }

  describe("50 approvals of one page at once", () => {
    test("one use, one effect, for a write with an effect outside", async ({ task }) => {
      const key = newKey();
      const path = await ask(world, agent, key);
      const press = await button(path);
      const before = await effects(world);
      const answers = await Promise.all(Array.from({ length: 50 }, press));
      oneIsTold(answers);
      await once(before);
      // Used up: it says what came of it, to a yes and to a no, and whatever the text.
      const late = [await press(), await (await button(path, "no"))(), await (await button(path, "", "decline"))()];
      for (const { status, words } of late) expect([status, words]).toEqual([409, expect.stringMatching(CARRIED_OUT)]);
      const told = await agent.standing(key);
      expect(told).toMatchObject({ status: "succeeded", confirmation: { proof: "approval_page" } });
      expect(await storedProofs(world, told.operationId)).toEqual(["approval_page"]);
      const used = await world.all("SELECT id FROM approvals WHERE idempotency_key = ? AND status = 'approved'", key);
      tell(task, "S4", { counts: { "approvals at once": 50 }, worst: { "uses of an approval": used.length } });
    });

    test("and for one that writes here alone, with agents calling in between", async ({ task }) => {
      const { checkoutIntentId, updatedAt } = await sale(world);
      const key = newKey();
      const args = {
        checkoutIntentId,
        decisionKind: "decline_upsell",
        presentedOfferId: UPSELL,
        expectedUpdatedAt: updatedAt,
        idempotencyKey: key,
      };
      const asked = await agent.call("record_post_purchase_decision", args);
      const text = "Record non-billing post-purchase decision for Bumpgrade checkout";
      const press = await button(pathIn(asked), text);
      const racers = Array.from({ length: 50 }, (_, index) =>
        index % 10 === 9 ? agent.call("record_post_purchase_decision", args) : press(),
      );
      const answers = (await Promise.all(racers)).filter((answer) => typeof answer.words === "string");
      oneIsTold(answers as { status: number; words: string }[]);
      const decisions = await world.all(
        "SELECT id FROM checkout_post_purchase_decisions WHERE checkout_intent_id = ?",
        checkoutIntentId,
      );
      expect(decisions).toHaveLength(1);
      const used = await world.all("SELECT id FROM approvals WHERE idempotency_key = ? AND status = 'approved'", key);
      expect(used).toHaveLength(1);
      expect(await agent.standing(key)).toMatchObject({
        status: "succeeded",
        confirmation: { proof: "approval_page" },
      });
      tell(task, "S4", {
        counts: { "approvals at once": racers.length },
        worst: { "uses of an approval": used.length },
      });
    });

    test("approve and decline at once: one of them is true, and stays true", async () => {
      for (let round = 0; round < 6; round++) {
        const key = newKey();
        const path = await ask(world, agent, key);
        const hidden = hiddenFields(await (await browser.get(path)).text(), path);
        const before = await effects(world);
        await Promise.all(
          Array.from({ length: 10 }, (_, index) =>
            browser.post(path, {
              ...hidden,
              decision: (index + round) % 2 ? "approve" : "decline",
              confirmationText: offer.confirmationText,
            }),
          ),
        );
        const told = await agent.standing(key);
        const after = await effects(world);
        const made = after.checkouts - before.checkouts;
        expect([told.status, made, after.sessions - before.sessions]).toEqual(
          told.status === "succeeded" ? ["succeeded", 1, 1] : ["failed", 0, 0],
        );
      }
    });
  });

  const KINDS = ["before", "after"] as const;

  /** Approves while round trips are lost, then goes on as one side would alone: the person at the page, or the agent. */
  async function settles(what: string, faults: Record<number, Fault>, by: "person" | "agent"): Promise<number> {
    const key = newKey();
    const args = await unconfirmed(world, key);
    const path = pathIn(await agent.call("start_checkout", args));
    const press = await button(path);
    const before = await effects(world);
    world.quiet = true;
    world.database.lose(faults);
    const first = await press();
    const trips = world.database.trips();
    world.database.reset();
    await world.sandbox.clearFaults();
    world.quiet = false;
    if (first.status !== 200) expect(first.words, what).not.toContain("carried out just now");
    if (by === "person") {
      for (let retry = 0; retry < 3; retry++) if (/just now|You approved this/.test((await press()).words)) break;
    } else {
      let answer = await agent.call("start_checkout", args);
      // Lost before it was used: it still waits, and the person is asked once more.
      if (answer.code === "approval_required") await press();
      for (let retry = 0; retry < 3 && answer.code; retry++) answer = await agent.call("start_checkout", args);
      expect(answer.code, `${what}: ${JSON.stringify(answer)}`).toBeUndefined();
    }
    await once(before);
    const told = await agent.standing(key);
    expect(told, what).toMatchObject({ status: "succeeded", confirmation: { proof: "approval_page" } });
    expect(await storedProofs(world, told.operationId)).toEqual(["approval_page"]);
    expect(await (await browser.get(path)).text(), what).toContain("You approved this");
    expect(await agent.call("start_checkout", args)).toMatchObject({ replayed: true, result: told.result });
    return trips;
  }

  test("no crash point leaves an approval undone, done twice, or stuck", async ({ task }) => {
    const trips = await settles("clean", {}, "agent");
    let settled = 0;
    for (let at = 1; at <= trips; at++) {
      for (const fault of KINDS) {
        for (const by of ["person", "agent"] as const) {
          await settles(`${fault} ${at}, ${by}`, { [at]: fault }, by);
          settled++;
        }
      }
    }
    tell(task, "P5", { counts: { "crash points of approvals": settled } });
    console.info(`approving: ${trips} round trips, ${settled} crash points settled`);
  });

  type ApiFault = Omit<Extract<FaultRequest, { target: "api" }>, "target" | "path">;
  const STRIPE: Record<string, ApiFault> = {
    unreachable: { kind: "drop_connection_before", times: 2 },
    "500 stored": { kind: "stored_500" },
    "500 after acting, stored": { kind: "stored_500_after" },
    "500 after acting": { kind: "fail_after" },
    "answer cut": { kind: "cut_body" },
    "answer lost": { kind: "drop_connection_after", times: 2 },
    "429": { kind: "status", status: 429, code: "rate_limit" },
    "503 stored": { kind: "status", status: 503, stored: true },
  };

  test.each(Object.keys(STRIPE))(
    "Stripe, %s: a repeat by either side settles it, without a second yes",
    async (name) => {
      const fault = STRIPE[name];
      for (const by of ["person", "agent"] as const) {
        await world.sandbox.fault({ ...fault, target: "api", path: CREATE } as FaultRequest);
        await settles(`${name}, ${by}`, {}, by);
        // With the answer of the finish lost too.
        await world.sandbox.fault({ ...fault, target: "api", path: CREATE } as FaultRequest);
        await world.sandbox.fault({ kind: "fail_before", target: "api", path: LIST } as FaultRequest);
        await settles(`${name}, list fails, ${by}`, { 7: "after" }, by);
      }
    },
  );

  test("Stripe, 400: a repeat by either side is answered with the refusal, and begins nothing", async () => {
    for (const by of ["person", "agent"] as const) {
      const key = newKey();
      const args = await unconfirmed(world, key);
      const press = await button(pathIn(await agent.call("start_checkout", args)));
      await world.sandbox.fault({ kind: "status", status: 400, target: "api", path: CREATE } as FaultRequest);
      const first = await press();
      expect([first.status, first.words.includes("carried out just now")]).toEqual([502, false]);
      const [sessions, before] = [await world.sandbox.sessions(), await effects(world)];
      if (by === "person") expect((await press()).status).toBe(409);
      expect((await agent.call("start_checkout", args)).code).toBe("provider_refused");
      expect((await agent.standing(key)).status).toBe("failed");
      expect([await world.sandbox.sessions(), await effects(world)]).toEqual([sessions, before]);
    }
  });

  test("until it is settled, the agent and the page say that it is not known", async () => {
    const key = newKey();
    const args = await unconfirmed(world, key);
    const path = pathIn(await agent.call("start_checkout", args));
    const press = await button(path);
    await world.sandbox.fault({ kind: "drop_connection_after", times: 9, target: "api", path: CREATE } as FaultRequest);
    await world.sandbox.fault({ kind: "drop_connection_before", times: 9, target: "api", path: LIST } as FaultRequest);
    const first = await press();
    expect([first.status, first.words.includes("not known yet")]).toEqual([502, true]);
    const told = await agent.standing(key);
    expect(["pending", "outcome_unknown"]).toContain(told.status);
    // It can be finished by the same yes, and by no other.
    const before = await effects(world);
    const wrong = await (await button(path, "yes"))();
    expect([wrong.status, await effects(world)]).toEqual([422, before]);
    expect(told.confirmation).toEqual({ proof: "approval_page" });
    expect(await (await browser.get(path)).text()).toContain("not known yet");
    await world.sandbox.clearFaults();
    const finished = await press();
    expect([finished.status, finished.words.includes("carried out just now")]).toEqual([200, true]);
    expect((await press()).status).toBe(409);
    const answer = await agent.call("start_checkout", args);
    expect(answer).toMatchObject({ confirmation: { proof: "approval_page" } });
    expect(await agent.standing(key)).toMatchObject({ status: "succeeded", result: answer.result });
    expect(await (await browser.get(path)).text()).toContain("It was carried out");
  });

  test("what failed for good is told as failed, to the agent and on the page", async () => {
    const bought = await sale(world, { outcome: "none" });
    const key = newKey();
    const args = {
      checkoutIntentId: bought.checkoutIntentId,
      expectedUpdatedAt: bought.updatedAt,
      idempotencyKey: key,
    };
    const path = pathIn(await agent.call("expire_checkout", args));
    const text = "Expire open checkout for Bumpgrade launch pass at 9.00 USD";
    const press = await button(path, text);
    // Paid in the moment between the page and the button, and Stripe's word is not here yet.
    const session = (await world.sandbox.sessions()).at(-1);
    await world.sandbox.pay(session?.id ?? "", "paid");
    const sent = await press();
    const told = await agent.standing(key);
    expect([told.status, sent.status]).toEqual(["failed", 409]);
    expect(told).toMatchObject({ confirmation: { proof: "approval_page" }, problem: { code: "ineligible_state" } });
    const shown = await (await browser.get(path)).text();
    expect(shown).toContain("You approved this, and it failed");
    expect(await agent.call("expire_checkout", args)).toMatchObject(told.problem as object);
  });
});
